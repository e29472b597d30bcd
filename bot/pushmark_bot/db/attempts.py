"""Attempts in the database: taken before anything runs, settled once, and given back when our side failed.

The rules are those of `pushmark_graders.course.budget`; here they meet rows.
"""

import itertools
from collections.abc import Sequence
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
    """Decide whether `sha` may be graded now, and write an allowed attempt down.

    A commit that another version of the lab graded before has a row for each.
    """
    assignment = submission.assignment
    limits = AttemptsSpec(per_day=assignment.attempts_per_day, total=assignment.attempts_total)
    rows = attempts(session, submission)
    decision = budget.decide(limits, counting(rows), sha, version, now)
    if not isinstance(decision, budget.Allowed):
        return decision
    same = [row for row in rows if row.number == decision.attempt.number]
    cut_short = next((row for row in same if row.state == "open"), None)
    if cut_short is not None:
        cut_short.lab_version = version
        return decision
    new = Attempt(
        submission_id=submission.id,
        number=decision.attempt.number,
        again=same[-1].again + 1 if same else 0,
        sha=sha,
        lab_version=version,
        received=received,
        taken=now,
        state="open",
    )
    session.add(new)
    return decision


def settle(
    session: Session, submission: Submission, allowed: budget.Allowed, report: Report, final: Final, now: datetime
) -> Report:
    """Write down what an attempt came to; returns the report as the learner gets it."""
    row = opened(session, submission, allowed)
    told = msgspec.structs.replace(report, attempt=row.number, attempts=allowed.left)
    _write(session, submission, row, told, final, now)
    return told


def settle_again(
    session: Session, submission: Submission, row: Attempt, outcome: tuple[Report, Final] | None, now: datetime
) -> None:
    """Write down what an attempt came to that was `asked` for again; None when its commit is gone.

    It is compared with what its first grading was compared with.
    """
    if outcome is None:
        row.state = "given up"
        data = {"submission": submission.id, "attempt": row.number, "commit": row.sha}
        log.append(session, submission.assignment.course_id, at=now, actor=BOT, kind="given up", data=data)
        return
    report, final = outcome
    told, first = msgspec.structs.replace(report, attempt=row.number), graded(session, submission, row.sha)
    if first is not None and first.report is not None:
        before = schema.parse(first.report)
        told = msgspec.structs.replace(told, attempts=before.attempts, previous=before.previous, history=before.history)
    row.lab_version = told.lab.version
    _write(session, submission, row, told, final, now)


def _write(session: Session, submission: Submission, row: Attempt, told: Report, final: Final, now: datetime) -> None:
    row.state, row.points, row.max_points = "graded", told.score.points, told.score.max
    row.report, row.final = schema.dump(told), final_file.dump(final)
    data = {"submission": submission.id, "attempt": row.number, "commit": row.sha, "points": told.score.points}
    again = {"again": row.again} if row.again else {}
    log.append(session, submission.assignment.course_id, at=now, actor=BOT, kind="graded", data=data | again)


def give_back(session: Session, submission: Submission, allowed: budget.Allowed) -> None:
    """Return an attempt that was not graded: it costs nothing."""
    session.delete(opened(session, submission, allowed))


def drop_cut_short(session: Session, submission: Submission, sha: str) -> None:
    """Forget attempts that were under way when their process was killed, but the one at `sha`, which goes on.

    What another machine grades goes on too. For whoever has the submission to himself: nothing of his is under way.
    """
    for row in attempts(session, submission):
        if row.state == "open" and row.errand is None and row.sha != sha:
            session.delete(row)
    session.flush()


def attempts(session: Session, submission: Submission) -> list[Attempt]:
    """All of a submission's, in their order."""
    chosen = select(Attempt).where(Attempt.submission_id == submission.id).order_by(Attempt.number, Attempt.again)
    return list(session.scalars(chosen))


def asked(session: Session, submission: Submission) -> Attempt | None:
    """The first attempt that somebody asked to have graded again."""
    return next((row for row in attempts(session, submission) if row.state == "asked"), None)


def graded(session: Session, submission: Submission, sha: str) -> Attempt | None:
    """The newest graded attempt at a commit."""
    chosen = select(Attempt).where(
        Attempt.submission_id == submission.id, Attempt.sha == sha, Attempt.state == "graded"
    )
    return session.scalars(chosen.order_by(Attempt.number.desc(), Attempt.again.desc()).limit(1)).one_or_none()


def task_of(session: Session, submission: Submission, check: str) -> int:
    """The task of a check in the newest report; 0 when it has no such check."""
    row = graded(session, submission, submission.graded_sha)
    report = schema.parse(row.report) if row is not None and row.report is not None else None
    tasks = report.tasks if report is not None else []
    return next((task.number for task in tasks for one in task.checks if one.id == check), 0)


def counting(rows: Sequence[Attempt]) -> list[budget.Attempt]:
    """The attempts that a budget counts: one for each number, however often it was graded again."""
    ran = [row for row in rows if row.state not in ("asked", "given up")]
    return [_as_rule(list(same)) for _, same in itertools.groupby(ran, key=lambda row: row.number)]


def sent_out(session: Session, submission: Submission) -> Attempt | None:
    """The first grading of a commit that another machine has, if there is one."""
    rows = attempts(session, submission)
    return next((row for row in rows if row.state == "open" and row.errand is not None), None)


def opened(session: Session, submission: Submission, allowed: budget.Allowed) -> Attempt:
    """The row of an attempt that was taken, and is under way."""
    return session.scalars(
        select(Attempt).where(
            Attempt.submission_id == submission.id,
            Attempt.number == allowed.attempt.number,
            Attempt.state == "open",
        )
    ).one()


def _as_rule(same: list[Attempt]) -> budget.Attempt:
    """It was taken when it was first; what is known of it is known of the last."""
    first, last = same[0], same[-1]
    return budget.Attempt(
        number=last.number,
        commit=last.sha,
        version=last.lab_version,
        taken=first.taken,
        state="open" if last.state == "open" else "graded",
    )
