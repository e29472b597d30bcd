"""What an instructor does to a course: makes it, puts people on its roster, gives out a lab.

Each of these can be done again: what is there already is brought up to date, and nothing that a person has done since
is taken back. Each is in the event log, with who did it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from pushmark_graders.errors import PushmarkError
from pushmark_graders.lab.spec import LabSpec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.course.deadlines import LatePolicy, Schedule, faults
from pushmark_bot.course.roster import Row
from pushmark_bot.course.score import Counts
from pushmark_bot.db import decisions, find, log
from pushmark_bot.db.tables import Assignment, Course, Person, Submission

Role = Literal["learner", "staff", "owner"]
"""What somebody is in a course. An owner may do what staff may."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did: identifiers of whom it added and changed, and of whom it found on the roster alone."""

    added: list[str]
    changed: list[str]
    only_here: list[str]


def add_course(
    session: Session, slug: str, *, title: str, organisation: str, installation: int | None, by: str, at: datetime
) -> bool:
    """Make a course, or bring its title and place up to date; returns whether it is new."""
    found = session.scalars(select(Course).where(Course.slug == slug)).one_or_none()
    other = session.scalars(select(Course.slug).where(Course.installation == installation, Course.slug != slug)).first()
    if installation is not None and other is not None:
        raise PushmarkError(f"installation {installation} is that of course {other}", "give each course its own")
    new = found is None
    if found is None:
        found = Course(slug=slug, title=title, organisation=organisation, created=at)
        session.add(found)
    found.title, found.organisation, found.installation = title, organisation, installation
    session.flush()
    data = {"title": title, "organisation": organisation, "installation": installation}
    log.append(session, found.id, at=at, actor=by, kind="course", data=data)
    return new


def import_roster(
    session: Session, slug: str, rows: Sequence[Row], *, by: str, at: datetime, role: Role | None = None
) -> Imported:
    """Put people on the roster. Nobody is taken off it, and an empty cell changes nothing.

    They are given `role`; without one new people are learners, and others stay what they are.
    """
    where = find.course(session, slug)
    there = {
        one.identifier.casefold(): one for one in session.scalars(select(Person).where(Person.course_id == where.id))
    }
    added, changed = [], []
    for row in rows:
        known = there.get(row.identifier.casefold())
        if known is None:
            session.add(Person(course_id=where.id, role=role or "learner", **msgspec.structs.asdict(row)))
            added.append(row.identifier)
        elif _update(known, row, role):
            changed.append(row.identifier)
    given = {row.identifier.casefold() for row in rows}
    only_here = sorted(
        one.identifier for key, one in there.items() if key not in given and one.role == (role or "learner")
    )
    data = {"added": len(added), "changed": len(changed), "role": role or "learner"}
    log.append(session, where.id, at=at, actor=by, kind="roster", data=data)
    return Imported(added=added, changed=changed, only_here=only_here)


def _update(known: Person, row: Row, role: Role | None) -> bool:
    given = {**msgspec.structs.asdict(row), "role": role}
    new = {key: value for key, value in given.items() if value and key != "identifier"}
    different = {key: value for key, value in new.items() if getattr(known, key) != value}
    for key, value in different.items():
        setattr(known, key, value)
    return bool(different)


def assign(
    session: Session,
    slug: str,
    lab: LabSpec,
    *,
    schedule: Schedule,
    policy: LatePolicy,
    attempts_total: int,
    attempts_per_day: int,
    by: str,
    at: datetime,
    held_back: bool | None = None,
    counts: Counts | None = None,
    template: str | None = None,
) -> bool:
    """Give a lab to a course, or change its dates and limits; returns whether it is new. Raises PushmarkError.

    Whether results are `held_back`, which attempt `counts` and which `template` learners get stay as they are when
    nothing is said of them. What was published under other rules is published again.
    """
    where = find.course(session, slug)
    problems = faults(schedule, policy)
    problems += [
        f"{key}: expected 1 or more, got {value}"
        for key, value in (("attempts", attempts_total), ("attempts per day", attempts_per_day))
        if value < 1
    ]
    if problems:
        raise PushmarkError("\n".join(problems), "mend these and assign it again; nothing was changed")
    found = session.scalars(
        select(Assignment).where(Assignment.course_id == where.id, Assignment.slug == lab.slug)
    ).one_or_none()
    new = found is None
    found = found or Assignment(course_id=where.id, slug=lab.slug, held_back=False, counts="best")
    before = _rules(found)
    found.lab = str(lab.root)
    found.opens, found.due, found.cutoff = schedule.opens, schedule.due, schedule.cutoff
    found.late_per_day, found.late_at_most = policy.per_day, policy.at_most
    found.grace_seconds = int(policy.grace.total_seconds())
    found.attempts_total, found.attempts_per_day = attempts_total, attempts_per_day
    found.held_back = found.held_back if held_back is None else held_back
    found.counts = counts or found.counts
    found.template = template if template is not None else found.template or ""
    session.add(found)
    session.flush()
    if not new and _rules(found) != before:
        decisions.outdated(session, found)
    data = {
        "lab": lab.slug,
        "due": schedule.due.isoformat() if schedule.due else None,
        "cutoff": schedule.cutoff.isoformat() if schedule.cutoff else None,
        "attempts": [attempts_total, attempts_per_day],
        "late": [policy.per_day, policy.at_most, found.grace_seconds],
        "held_back": found.held_back,
        "counts": found.counts,
        "template": found.template,
    }
    log.append(session, where.id, at=at, actor=by, kind="assign", data=data)
    return new


def _rules(found: Assignment) -> tuple[object, ...]:
    """What of an assignment decides what counts and is shown."""
    dates = (found.opens, found.due, found.cutoff)
    return (*dates, found.late_per_day, found.late_at_most, found.grace_seconds, found.held_back, found.counts)


def link(
    session: Session, slug: str, lab: str, identifier: str, *, repository: str, pull: int, by: str, at: datetime
) -> Submission:
    """Say which pull request is a learner's submission of a lab; it is looked at at once. Raises PushmarkError."""
    person, assignment = find.person(session, slug, identifier), find.assignment(session, slug, lab)
    taken = session.scalars(
        select(Submission).where(Submission.repository == repository.lower(), Submission.pull == pull)
    ).one_or_none()
    if taken is not None and (taken.person_id, taken.assignment_id) != (person.id, assignment.id):
        raise PushmarkError(f"{repository} #{pull} is {taken.person.identifier}'s", "check the pull request's number")
    found = (
        taken
        or session.scalars(
            select(Submission).where(Submission.assignment_id == assignment.id, Submission.person_id == person.id)
        ).one_or_none()
    )
    if found is not None and (found.repository, found.pull) != (repository.lower(), pull):
        raise PushmarkError(
            f"{identifier} has a submission of {lab} already: {found.repository} #{found.pull}",
            "attempts belong to it; a submission is not moved",
        )
    if found is None:
        found = Submission(
            assignment_id=assignment.id, person_id=person.id, repository=repository.lower(), pull=pull, heard=1
        )
        session.add(found)
        session.flush()
        data = {"submission": found.id, "learner": identifier, "repository": repository.lower(), "pull": pull}
        log.append(session, assignment.course_id, at=at, actor=by, kind="link", data=data)
    return found
