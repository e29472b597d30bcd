"""Learners' repositories in the database: asked for, held by one worker at a time, and finished."""

from datetime import datetime, timedelta

import msgspec
from pushmark_graders.errors import PushmarkError
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.db import log
from pushmark_bot.db.tables import Assignment, Person, Provision, Submission

HOLD = timedelta(seconds=90)
"""How long a worker may be silent before another one takes over. Two at once do no harm; they only ask twice."""
DONE = "done"


class Stuck(PushmarkError):
    """No further try mends this; a person has to."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One learner's repository: what is known of it. `looks`: the step was begun before, and may have happened."""

    number: int
    step: str
    looks: bool
    course: str
    organisation: str
    installation: int | None
    lab: str
    template: str
    identifier: str
    login: str
    github_id: int | None
    repository: str
    repository_id: int | None
    branch: str
    made: datetime | None
    made_again: int
    first_sha: str
    head_sha: str
    starter_tree: str
    pull: int | None
    notes: str
    failures: int


def ready_to_give(found: Assignment) -> None:
    """Raises PushmarkError unless repositories of this assignment can be made."""
    if not found.template:
        raise PushmarkError(
            f"{found.slug} has no template repository", "name it: course assign COURSE LAB --template OWNER/NAME"
        )
    if found.course.installation is None:
        raise PushmarkError(
            f"course {found.course.slug} has no installation",
            "install the app on the organisation, then: course add COURSE ... --installation ID",
        )


def of(session: Session, found: Assignment, person: Person) -> Provision | None:
    """What was asked for."""
    return session.scalars(
        select(Provision).where(Provision.assignment_id == found.id, Provision.person_id == person.id)
    ).one_or_none()


def ask(session: Session, found: Assignment, person: Person, *, by: str, urgent: bool, at: datetime) -> Provision:
    """Ask for somebody's repository; what was asked for before stays, and what was stuck is tried again."""
    row = of(session, found, person)
    if row is None:
        row = Provision(assignment_id=found.id, person_id=person.id, asked=at, asked_by=by, urgent=urgent)
        session.add(row)
        session.flush()
    row.urgent = row.urgent or urgent
    if row.stuck:
        row.stuck, row.trouble, row.failures, row.retry = False, "", 0, None
    return row


def claim(session: Session, number: int, now: datetime) -> Job | None:
    """Hold a row, and say what is to be done; None while another worker has it."""
    row = session.scalars(select(Provision).where(Provision.id == number).with_for_update()).one()
    if row.held_until is not None and row.held_until > now:
        return None
    begun = row.tried == row.step
    if row.step != DONE:
        row.held_until, row.tried = now + HOLD, row.step
    return job(row, looks=begun)


def job(row: Provision, *, looks: bool) -> Job:
    """A row as data."""
    assigned, person, course = row.assignment, row.person, row.assignment.course
    return Job(
        number=row.id,
        step=row.step,
        looks=looks,
        course=course.slug,
        organisation=course.organisation,
        installation=course.installation,
        lab=assigned.slug,
        template=assigned.template,
        identifier=person.identifier,
        login=person.login,
        github_id=person.github_id,
        **{name: getattr(row, name) for name in _OWN},
    )


_OWN = (
    "repository",
    "repository_id",
    "branch",
    "made",
    "made_again",
    "first_sha",
    "head_sha",
    "starter_tree",
    "pull",
    "notes",
    "failures",
)


def keep(session: Session, after: Job, now: datetime) -> None:
    """Write down what a step came to, and hold the row for the next one."""
    row = session.get_one(Provision, after.number)
    for name in _OWN:
        setattr(row, name, getattr(after, name))
    if after.github_id is not None:
        row.person.github_id = after.github_id
    row.step = row.tried = after.step
    row.held_until = None if after.step == DONE else now + HOLD
    row.trouble, row.stuck, row.retry, row.failures = "", False, None, 0


def let_go(
    session: Session, number: int, *, retry: datetime | None = None, trouble: str = "", stuck: bool = False
) -> int:
    """Hold it no longer. Returns how often it has failed in a row."""
    row = session.get_one(Provision, number)
    row.held_until, row.tried, row.retry = None, "", retry
    if trouble:
        row.trouble, row.stuck, row.failures = trouble[:1000], stuck, row.failures + 1
    return row.failures


def who_has(session: Session, wanted: Job, github_id: int) -> str:
    """Who else on the same roster has this account; "" when nobody."""
    row = session.get_one(Provision, wanted.number)
    return (
        session.scalars(
            select(Person.identifier).where(
                Person.course_id == row.person.course_id, Person.github_id == github_id, Person.id != row.person_id
            )
        ).first()
        or ""
    )


def finish(session: Session, done: Job, *, pushed_already: bool, at: datetime) -> None:
    """Make the submission of a repository that is ready. Raises Stuck when the learner has another one."""
    row = session.get_one(Provision, done.number)
    found = session.scalars(
        select(Submission).where(Submission.assignment_id == row.assignment_id, Submission.person_id == row.person_id)
    ).one_or_none()
    if found is not None:
        if (found.repository, found.pull) != (done.repository.lower(), done.pull):
            raise Stuck(
                f"{done.identifier} has a submission of {done.lab} already: {found.repository} #{found.pull}",
                "attempts belong to it; a submission is not moved",
            )
        return
    session.add(
        Submission(
            assignment_id=row.assignment_id,
            person_id=row.person_id,
            repository=done.repository.lower(),
            repository_id=done.repository_id,
            pull=done.pull or 0,
            heard=1 if pushed_already else 0,
        )
    )
    data = {"lab": done.lab, "learner": done.identifier, "repository": done.repository.lower(), "pull": done.pull}
    log.append(session, row.assignment.course_id, at=at, actor=row.asked_by, kind="provision", data=data)
