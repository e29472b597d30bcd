"""Everything that a command's decision depends on, as plain data, and how it is read from the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from pushmark_graders.course.budget import Attempt as TakenAttempt
from pushmark_graders.course.spec import AttemptsSpec
from pushmark_graders.lab.hints import read_hints
from pushmark_graders.report import schema
from pushmark_graders.report.model import Report
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pushmark_bot.course.deadlines import Schedule
from pushmark_bot.course.score import Counted, Rules, Task
from pushmark_bot.db import attempts, scores
from pushmark_bot.db.tables import Extension, Hint, Person, Push, Submission
from pushmark_bot.github import Head
from pushmark_bot.slash.grammar import Command


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """The learner whom a command names: who it is on the roster, and the time that they have beyond the dates."""

    identifier: str
    extra: timedelta


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """A submission as it stands. `head` is its newest commit, of which we heard at `received`.

    `report` is that of the commit `graded`; `grade` is what counts of all attempts. `rules` have the learner's `extra`
    time in them, `base` is the schedule for everybody. `waiting` are attempts to be graded again. `hints` are those of
    each task, `shown` how many of them the learner had.
    """

    now: datetime
    lab: str
    learner: str
    head: str
    received: datetime
    is_open: bool
    rules: Rules
    base: Schedule = Schedule()
    limits: AttemptsSpec
    taken: Sequence[TakenAttempt] = ()
    waiting: Sequence[int] = ()
    graded: str = ""
    report: Report | None = None
    grade: Counted | None = None
    outline: Sequence[Task] = ()
    held_back: bool = False
    extra: timedelta = timedelta()
    hints: Mapping[int, Sequence[str]] = {}
    shown: Mapping[int, int] = {}
    other: Other | None = None


def read(session: Session, submission: Submission, command: Command, head: Head, now: datetime) -> Situation:
    """Look at a submission with a command in hand."""
    assignment = submission.assignment
    rows = attempts.attempts(session, submission)
    row = attempts.graded(session, submission, submission.graded_sha)
    return Situation(
        now=now,
        lab=assignment.slug,
        learner=submission.person.login or submission.person.identifier,
        head=head.sha,
        received=_received(session, submission, head.sha) or now,
        is_open=head.open,
        rules=scores.rules(session, submission),
        base=scores.schedule(assignment),
        limits=AttemptsSpec(per_day=assignment.attempts_per_day, total=assignment.attempts_total),
        taken=attempts.counting(rows),
        waiting=[one.number for one in rows if one.state == "asked"],
        graded=submission.graded_sha,
        report=schema.parse(row.report) if row is not None and row.report is not None else None,
        grade=scores.grade(session, submission),
        outline=scores.outline(session, assignment),
        held_back=scores.is_held_back(submission),
        extra=scores.extra_time(session, submission),
        hints=read_hints(Path(assignment.lab)) if command.name == "hint" else {},
        shown=_shown(session, submission),
        other=_other(session, submission, command.login) if command.login else None,
    )


def by_login(session: Session, course: int, login: str) -> Person | None:
    """Somebody on a course's roster by their GitHub login, in any case."""
    chosen = select(Person).where(Person.course_id == course, func.lower(Person.login) == login.lower())
    return session.scalars(chosen.order_by(Person.id).limit(1)).one_or_none()


def _received(session: Session, submission: Submission, sha: str) -> datetime | None:
    chosen = select(Push.received).where(Push.submission_id == submission.id, Push.sha == sha)
    return session.scalars(chosen).one_or_none()


def _shown(session: Session, submission: Submission) -> dict[int, int]:
    rows = session.execute(
        select(Hint.task, func.max(Hint.number)).where(Hint.submission_id == submission.id).group_by(Hint.task)
    )
    return {task: number for task, number in rows}  # noqa: C416  (rows are no pairs to a type checker)


def _other(session: Session, submission: Submission, login: str) -> Other | None:
    person = by_login(session, submission.assignment.course_id, login)
    if person is None:
        return None
    given = select(Extension.seconds).where(
        Extension.assignment_id == submission.assignment_id, Extension.person_id == person.id
    )
    return Other(identifier=person.identifier, extra=timedelta(seconds=sum(session.scalars(given))))
