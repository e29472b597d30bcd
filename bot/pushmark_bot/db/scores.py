"""What the database says about a score: attempts, what staff set, and the rules, for `course.score` to work on."""

from datetime import timedelta
from typing import Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from pushmark_bot.course.deadlines import LatePolicy, Schedule, extended
from pushmark_bot.course.score import Counted, Graded, Rules, Setting, Task, best
from pushmark_bot.db.tables import Assignment, Attempt, Extension, Override, Submission


class _Points(msgspec.Struct, frozen=True):
    points: float
    max: float


class _Parts(msgspec.Struct, frozen=True):
    """What of a report is points; the rest is not read."""

    tasks: list[Task]
    metrics: list[_Points] = []


def grade(session: Session, submission: Submission) -> Counted | None:
    """What counts of a submission now, which is what the gradebook has."""
    known = outline(session, submission.assignment)
    return best(attempts(session, submission), settings(session, submission), rules(session, submission), known)


def attempts(session: Session, submission: Submission) -> list[Graded]:
    """All graded attempts, with those that were graded again, in their order."""
    rows = session.scalars(
        select(Attempt)
        .where(Attempt.submission_id == submission.id, Attempt.state == "graded")
        .order_by(Attempt.number, Attempt.again)
        .options(undefer(Attempt.report))
    )
    return [of_row(row) for row in rows]


def of_row(row: Attempt) -> Graded:
    """A graded attempt as its row has it."""
    parts = msgspec.json.decode(row.report or b"", type=_Parts)
    return Graded(
        number=row.number,
        again=row.again,
        sha=row.sha,
        received=row.received,
        tasks=parts.tasks,
        metrics=round(sum(one.points for one in parts.metrics), 2),
        metrics_max=round(sum(one.max for one in parts.metrics), 2),
    )


def settings(session: Session, submission: Submission) -> list[Setting]:
    """All points that staff set, the oldest first."""
    rows = session.scalars(select(Override).where(Override.submission_id == submission.id).order_by(Override.id))
    return [
        Setting(task=row.task, points=row.points, reason=row.reason, by=row.given_by, at=row.given_at) for row in rows
    ]


def rules(session: Session, submission: Submission) -> Rules:
    """The rules for one learner, more time included."""
    assignment = submission.assignment
    counts: Literal["best", "newest"] = "newest" if assignment.counts == "newest" else "best"
    return Rules(
        schedule=extended(schedule(assignment), extra_time(session, submission)),
        policy=policy(assignment),
        frozen=submission.frozen,
        counts=counts,
    )


def outline(session: Session, assignment: Assignment) -> list[Task]:
    """The tasks of a lab and what they are worth, as anybody's newest report has them; empty before the first."""
    row = session.scalars(
        select(Attempt)
        .join(Submission, Submission.id == Attempt.submission_id)
        .where(Submission.assignment_id == assignment.id, Attempt.state == "graded")
        .order_by(Attempt.taken.desc(), Attempt.id.desc())
        .limit(1)
        .options(undefer(Attempt.report))
    ).one_or_none()
    return [msgspec.structs.replace(task, points=0.0) for task in of_row(row).tasks] if row is not None else []


def is_held_back(submission: Submission) -> bool:
    """Whether the learner sees no score of it yet."""
    return submission.assignment.held_back and submission.released is None


def schedule(assignment: Assignment) -> Schedule:
    """An assignment's dates, for everybody."""
    return Schedule(opens=assignment.opens, due=assignment.due, cutoff=assignment.cutoff)


def policy(assignment: Assignment) -> LatePolicy:
    """What an assignment takes off for lateness."""
    grace = timedelta(seconds=assignment.grace_seconds)
    return LatePolicy(per_day=assignment.late_per_day, at_most=assignment.late_at_most, grace=grace)


def extra_time(session: Session, submission: Submission) -> timedelta:
    """All the time that a learner was given beyond the dates."""
    given = session.scalars(
        select(Extension.seconds).where(
            Extension.assignment_id == submission.assignment_id, Extension.person_id == submission.person_id
        )
    )
    return timedelta(seconds=sum(given))
