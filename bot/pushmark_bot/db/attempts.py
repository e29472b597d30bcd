"""Attempts in the database: taken before anything runs, settled once, and given back when our side failed.

The rules are those of `pushmark_graders.course.budget`; here they meet rows.
"""

from datetime import datetime

import msgspec
from pushmark_graders.course import budget
from pushmark_graders.course.spec import AttemptsSpec
from pushmark_graders.report import final as final_file
from pushmark_graders.report import schema
from pushmark_graders.report.final import Final
from pushmark_graders.report.model import Report
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.db import log
from pushmark_bot.db.tables import Attempt, Submission

BOT = "pushmark"
"""The actor of events that nobody asked for."""


def take(
    session: Session, submission: Submission, *, sha: str, version: str, received: datetime, now: datetime
) -> budget.Decision:
    """Decide whether `sha` may be graded now, and write an allowed attempt down."""
    assignment = submission.assignment
    limits = AttemptsSpec(per_day=assignment.attempts_per_day, total=assignment.attempts_total)
    rows = attempts(session, submission)
    decision = budget.decide(limits, [_as_rule(row) for row in rows], sha, version, now)
    if not isinstance(decision, budget.Allowed):
        return decision
    again = next((row for row in rows if row.number == decision.attempt.number and row.sha == sha), None)
    if again is None:
        new = Attempt(
            submission_id=submission.id,
            number=decision.attempt.number,
            sha=sha,
            lab_version=version,
            received=received,
            taken=now,
            state="open",
        )
        session.add(new)
    else:
        again.state, again.lab_version = "open", version
    return decision


def settle(
    session: Session, submission: Submission, allowed: budget.Allowed, report: Report, final: Final, now: datetime
) -> Report:
    """Write down what an attempt came to; returns the report as the learner gets it."""
    row = _row(session, submission, allowed)
    told = msgspec.structs.replace(report, attempt=row.number, attempts=allowed.left)
    row.state, row.points, row.max_points = "graded", told.score.points, told.score.max
    row.report, row.final = schema.dump(told), final_file.dump(final)
    data = {"submission": submission.id, "attempt": row.number, "commit": row.sha, "points": told.score.points}
    log.append(session, submission.assignment.course_id, at=now, actor=BOT, kind="graded", data=data)
    return told


def give_back(session: Session, submission: Submission, allowed: budget.Allowed) -> None:
    """Return an attempt that was not graded: it costs nothing."""
    row = _row(session, submission, allowed)
    if row.state == "open":
        session.delete(row)


def attempts(session: Session, submission: Submission) -> list[Attempt]:
    """All of a submission's, in their order."""
    chosen = select(Attempt).where(Attempt.submission_id == submission.id).order_by(Attempt.number)
    return list(session.scalars(chosen))


def graded(session: Session, submission: Submission, sha: str) -> Attempt | None:
    """The newest graded attempt at a commit."""
    chosen = select(Attempt).where(
        Attempt.submission_id == submission.id, Attempt.sha == sha, Attempt.state == "graded"
    )
    return session.scalars(chosen.order_by(Attempt.number.desc()).limit(1)).one_or_none()


def _row(session: Session, submission: Submission, allowed: budget.Allowed) -> Attempt:
    return session.scalars(
        select(Attempt).where(Attempt.submission_id == submission.id, Attempt.number == allowed.attempt.number)
    ).one()


def _as_rule(row: Attempt) -> budget.Attempt:
    return budget.Attempt(
        number=row.number,
        commit=row.sha,
        version=row.lab_version,
        taken=row.taken,
        state="graded" if row.state == "graded" else "open",
    )
