"""The gradebook as plain data: who is in the course, which labs it has, and what each learner has in each.

Scores come from `course.score`, with overrides, lateness and extensions in them; nothing here works out points.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pushmark_graders.errors import PushmarkError
from pushmark_graders.report import schema
from pushmark_graders.report.model import Report
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pushmark_bot.course.score import Counted, Task, best
from pushmark_bot.db import find, scores
from pushmark_bot.db.tables import Assignment, Attempt, EarlierGrade, Person, Submission


class Learner(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is graded."""

    identifier: str
    name: str = ""
    email: str = ""
    section: str = ""
    login: str = ""
    github_id: int | None = None


class Lab(msgspec.Struct, frozen=True, kw_only=True):
    """A lab of the course. Until somebody was graded nobody knows its points: `max` is None."""

    slug: str
    title: str
    max: float | None = None
    due: datetime | None = None


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What a learner has in a lab: `counted` is None until something was graded or set by staff.

    `row` is the attempt that counts in the database, 0 when none does. `held_back` says that the learner does not see
    it yet.
    """

    lab: str
    learner: str
    repository: str
    pull: int
    attempts: int = 0
    counted: Counted | None = None
    row: int = 0
    received: datetime | None = None
    taken: datetime | None = None
    held_back: bool = False

    @property
    def points(self) -> float | None:
        return self.counted.points if self.counted is not None else None

    @property
    def set_by_staff(self) -> list[int]:
        """The tasks whose points a person set."""
        return [task.number for task in self.counted.tasks if task.setting is not None] if self.counted else []


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """Points from before the course came here."""

    learner: str
    source: str
    name: str
    points: float | None
    max: float | None
    submitted: str = ""
    repository: str = ""


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """The gradebook of a course, or of one lab of it. Learners are in the order of their names.

    `marks` are those of each lab, by learner.
    """

    course: str
    title: str
    organisation: str
    labs: list[Lab]
    learners: list[Learner]
    marks: dict[str, dict[str, Mark]]
    earlier: list[Earlier] = []

    def mark(self, lab: str, learner: str) -> Mark | None:
        """What a learner has in a lab; None without a submission."""
        return self.marks.get(lab, {}).get(learner)


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """All about one graded submission, for formats that have a file for each."""

    course: str
    lab: Lab
    learner: Learner
    mark: Mark
    counted: Counted
    report: Report
    web_url: str = "https://github.com"

    @property
    def repository_url(self) -> str:
        return f"{self.web_url.rstrip('/')}/{self.mark.repository}"

    @property
    def pull_url(self) -> str:
        return f"{self.repository_url}/pull/{self.mark.pull}"


def read(session: Session, course: str, lab: str = "") -> Book:
    """The gradebook as it is now. Raises PushmarkError for a course or lab that is not there."""
    where = find.course(session, course)
    given = session.scalars(select(Assignment).where(Assignment.course_id == where.id).order_by(Assignment.id)).all()
    chosen = [one for one in given if lab in ("", one.slug)]
    if lab and not chosen:
        known = ", ".join(one.slug for one in given) or "none yet"
        raise PushmarkError(f"{course} has no lab {lab!r}", f"choose one of: {known}")
    people = session.scalars(select(Person).where(Person.course_id == where.id, Person.role == "learner")).all()
    learners = sorted((_learner(one) for one in people), key=lambda one: (one.name.casefold(), one.identifier))
    return Book(
        course=where.slug,
        title=where.title,
        organisation=where.organisation,
        labs=[_lab(session, one) for one in chosen],
        learners=learners,
        marks={one.slug: _marks(session, one) for one in chosen},
        earlier=_earlier(session, [one.id for one in people]),
    )


def sheet(session: Session, book: Book, lab: Lab, learner: Learner, web_url: str) -> Sheet | None:
    """All about a learner's submission of a lab; None when no attempt counts."""
    mark = book.mark(lab.slug, learner.identifier)
    if mark is None or mark.counted is None or not mark.row:
        return None
    report = session.get_one(Attempt, mark.row).report
    return Sheet(
        course=book.course,
        lab=lab,
        learner=learner,
        mark=mark,
        counted=mark.counted,
        report=schema.parse(report or b""),
        web_url=web_url,
    )


def _learner(person: Person) -> Learner:
    return Learner(
        identifier=person.identifier,
        name=person.name,
        email=person.email,
        section=person.section,
        login=person.login,
        github_id=person.github_id,
    )


def _lab(session: Session, assignment: Assignment) -> Lab:
    newest = session.scalars(
        select(Attempt)
        .join(Submission, Submission.id == Attempt.submission_id)
        .where(Submission.assignment_id == assignment.id, Attempt.state == "graded")
        .order_by(Attempt.id.desc())
        .limit(1)
    ).one_or_none()
    report = schema.parse(newest.report or b"") if newest is not None else None
    return Lab(
        slug=assignment.slug,
        title=report.lab.title if report is not None else assignment.slug,
        max=report.score.max if report is not None else None,
        due=assignment.due,
    )


def _marks(session: Session, assignment: Assignment) -> dict[str, Mark]:
    rows = session.scalars(
        select(Submission)
        .join(Person, Person.id == Submission.person_id)
        .where(Submission.assignment_id == assignment.id, Person.role == "learner")
    )
    known = scores.outline(session, assignment)  # once for all: it looks at every attempt
    return {one.person.identifier: _mark(session, assignment, one, known) for one in rows}


def grade(session: Session, submission: Submission, known: Sequence[Task]) -> Counted | None:
    """What counts of a submission; `known` are the tasks of its lab."""
    rules, settings = scores.rules(session, submission), scores.settings(session, submission)
    return best(scores.attempts(session, submission), settings, rules, known)


def _mark(session: Session, assignment: Assignment, submission: Submission, known: Sequence[Task]) -> Mark:
    counted = grade(session, submission, known)
    row = _row(session, submission, counted)
    used = select(func.count(Attempt.number.distinct())).where(
        Attempt.submission_id == submission.id, Attempt.state == "graded"
    )
    return Mark(
        lab=assignment.slug,
        learner=submission.person.identifier,
        repository=submission.repository,
        pull=submission.pull,
        attempts=session.scalars(used).one(),
        counted=counted,
        row=row.id if row is not None else 0,
        received=row.received if row is not None else None,
        taken=row.taken if row is not None else None,
        held_back=scores.is_held_back(submission),
    )


def _row(session: Session, submission: Submission, counted: Counted | None) -> Attempt | None:
    if counted is None or not counted.number:
        return None
    return session.scalars(
        select(Attempt).where(
            Attempt.submission_id == submission.id,
            Attempt.number == counted.number,
            Attempt.again == counted.again,
        )
    ).one_or_none()


def _earlier(session: Session, people: list[int]) -> list[Earlier]:
    """Of several grades of one name the newest."""
    found: dict[tuple[str, str, str], Earlier] = {}
    rows = session.execute(
        select(EarlierGrade, Person.identifier)
        .join(Person, Person.id == EarlierGrade.person_id)
        .where(Person.id.in_(people))
        .order_by(EarlierGrade.id)
    )
    for row, identifier in rows:
        found[identifier, row.source, row.name] = Earlier(
            learner=identifier,
            source=row.source,
            name=row.name,
            points=row.points,
            max=row.max_points,
            submitted=row.submitted,
            repository=row.repository,
        )
    return [found[key] for key in sorted(found)]
