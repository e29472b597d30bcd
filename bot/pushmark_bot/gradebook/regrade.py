"""Compares what attempts came to with what they come to now, and stores that when it is asked to.

A result that was there stays: a new one is another row of the same attempt, and that which does not count is set aside.
What staff set (overrides, more time) is not touched, because it is applied when a grade is worked out.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

import msgspec
from pushmark_graders.grading.history import following
from pushmark_graders.report import final as final_file
from pushmark_graders.report import schema
from pushmark_graders.report.model import Report
from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from pushmark_bot.course import score
from pushmark_bot.course.score import Graded, Task
from pushmark_bot.db import log, scores
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Attempt, Submission
from pushmark_bot.gradebook import book
from pushmark_bot.gradebook.moves import Move, changes, direction
from pushmark_bot.gradebook.replay import Replay
from pushmark_bot.gradebook.stored import counting

ASIDE = "set aside"
"""The state of a result that does not count, because another one of the same attempt does."""


def compare(database: Database, replays: Sequence[Replay], *, allow_lower: bool) -> list[Move]:
    """What the new reports move, by learner and attempt. `allow_lower` says what would count of them."""
    moves: list[Move] = []
    known: Sequence[Task] = ()
    for number, group in _by_submission(replays):
        with database.reading() as session:
            submission = session.get_one(Submission, number)
            known = known or scores.outline(session, submission.assignment)
            moves += _moves(session, submission, group, known, allow_lower=allow_lower)
    return moves


def apply(
    database: Database, replays: Sequence[Replay], *, allow_lower: bool, by: str, at: datetime
) -> Iterator[tuple[str, int]]:
    """Store the new results, one learner at a time, and have them published; yields each learner and how many were new.

    Done twice, or cut short and done again, it changes nothing more.
    """
    for number, group in _by_submission(replays):
        with database.session() as session:
            submission = session.get_one(Submission, number)
            stored = _store(session, submission, group, allow_lower=allow_lower, by=by, at=at)
            learner = submission.person.identifier
        yield learner, stored


def _by_submission(replays: Sequence[Replay]) -> Iterator[tuple[int, list[Replay]]]:
    there = [one for one in replays if one.path is not None]
    there.sort(key=lambda one: (one.attempt.learner, one.attempt.submission, one.attempt.number))
    for number, group in groupby(there, lambda one: one.attempt.submission):
        yield number, [*group]


def _moves(
    session: Session, submission: Submission, group: list[Replay], known: Sequence[Task], *, allow_lower: bool
) -> list[Move]:
    before = book.grade(session, submission, known)
    graded = {one.number: scores.of_row(one) for one in counting(session, submission)}
    moves = []
    for one in group:
        old, new = schema.parse(session.get_one(Attempt, one.attempt.row).report or b""), _read(one)
        way = direction(old, new)
        if allow_lower or way != "down":
            graded[one.attempt.number] = _as_graded(graded[one.attempt.number], new)
        found = changes(old, new)
        if found or way != "same":
            moves.append(
                Move(
                    learner=one.attempt.learner,
                    attempt=one.attempt.number,
                    commit=one.attempt.sha,
                    points_before=old.score.points,
                    max_before=old.score.max,
                    points_after=new.score.points,
                    max_after=new.score.max,
                    direction=way,
                    changes=found,
                    grade_before=before.points if before is not None else None,
                )
            )
    rules = scores.rules(session, submission)
    after = score.best([*graded.values()], scores.settings(session, submission), rules, known)
    points = after.points if after is not None else None
    return [msgspec.structs.replace(move, grade_after=points) for move in moves]


def _as_graded(known: Graded, report: Report) -> Graded:
    return score.graded(report, number=known.number, sha=known.sha, received=known.received, again=known.again + 1)


def _store(
    session: Session, submission: Submission, group: list[Replay], *, allow_lower: bool, by: str, at: datetime
) -> int:
    stored = 0
    for one in group:
        rows = _results(session, submission, one.attempt.number)
        before = max((row for row in rows if row.state == "graded"), key=_rank)
        report = _read(one)
        is_new = bool(changes(schema.parse(rows[-1].report or b""), report))
        if is_new:
            rows.append(_add(session, submission, before, report, one))
        counts = rows[-1] if allow_lower else max(before, rows[-1], key=_rank)
        for row in rows:
            row.state = "graded" if row is counts else ASIDE
        if counts is not before:
            submission.revision += 1
            submission.published_sha, submission.retry = "", None
        if is_new or counts is not before:
            stored += 1
            data = {
                "submission": submission.id,
                "attempt": counts.number,
                "commit": counts.sha,
                "before": before.points,
                "now": rows[-1].points,
                "counts": counts.points,
            }
            log.append(session, submission.assignment.course_id, at=at, actor=by, kind="regraded", data=data)
    return stored


def _results(session: Session, submission: Submission, number: int) -> list[Attempt]:
    """All results of an attempt, the newest last."""
    rows = session.scalars(
        select(Attempt)
        .where(Attempt.submission_id == submission.id, Attempt.number == number, Attempt.state.in_(("graded", ASIDE)))
        .order_by(Attempt.again)
        .options(undefer(Attempt.report))
    )
    return [*rows]


def _add(session: Session, submission: Submission, before: Attempt, report: Report, one: Replay) -> Attempt:
    """Another result of an attempt, which takes none: it was received and taken when the first one was."""
    last = session.scalars(
        select(func.max(Attempt.again)).where(Attempt.submission_id == submission.id, Attempt.number == before.number)
    ).one()
    earlier = [schema.parse(row.report or b"") for row in counting(session, submission) if row.number < before.number]
    known = schema.parse(before.report or b"")
    told = msgspec.structs.replace(following(earlier, report), attempt=before.number, attempts=known.attempts)
    row = Attempt(
        submission_id=submission.id,
        number=before.number,
        again=(last or 0) + 1,
        sha=before.sha,
        lab_version=report.lab.version,
        tier=before.tier,
        received=before.received,
        taken=before.taken,
        state=ASIDE,
        points=report.score.points,
        max_points=report.score.max,
        report=schema.dump(told),
        final=final_file.dump(one.final) if one.final is not None else None,
    )
    session.add(row)
    session.flush()
    return row


def _rank(row: Attempt) -> tuple[float, int]:
    """By the share of the points there were, for a lab may be worth more than it was; of equals the newest."""
    return round((row.points or 0.0) / max(row.max_points or 0.0, 1e-9), 9), row.again


def _read(one: Replay) -> Report:
    report = one.report
    if report is None:
        raise ValueError(f"{one.attempt.label} has no new report")
    return report
