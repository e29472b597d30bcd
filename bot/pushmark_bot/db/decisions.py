"""What a person decides about a submission: points, time, an end, a release, another grading, an appeal.

Commands on the pull request and on the command line end here. Each is in the event log with who decided it, and is
followed by a new publication, because what stands on GitHub is out of date.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from pushmark_graders.errors import PushmarkError
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.course.score import Task
from pushmark_bot.db import log, scores
from pushmark_bot.db.tables import Appeal, Assignment, Attempt, Course, Extension, Override, Person, Submission

ENOUGH_TIME = timedelta(days=3650)
LONGEST_REASON = 500


def override(
    session: Session, submission: Submission, task: int, points: float, reason: str, *, by: str, at: datetime
) -> None:
    """Set the points of a task, whatever is graded from now on. Raises PushmarkError for points that it cannot have."""
    problem = faults(scores.outline(session, submission.assignment), task, points)
    if problem:
        raise PushmarkError(*problem)
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise PushmarkError(f"a reason of 1 to {LONGEST_REASON} characters is needed", "say why, in a sentence")
    session.add(
        Override(submission_id=submission.id, task=task, points=points, reason=reason, given_by=by, given_at=at)
    )
    _changed(submission)
    _log(session, submission, "override", by, at, task=task, points=points, reason=reason)


def faults(tasks: Sequence[Task], task: int, points: float) -> tuple[str, str] | None:
    """What is wrong with these points of a task, and the next step; None when nothing is."""
    known = {one.number: one for one in tasks}
    if not known:
        return "nothing of this lab was graded yet, so what its tasks are worth is not known", "set them after that"
    if task not in known:
        listed = ", ".join(f"{one.number} ({one.title})" for one in tasks)
        return f"the lab has no task {task}", f"choose one of: {listed}"
    if not 0 <= points <= known[task].max:
        return f"task {task} has 0 to {known[task].max:g} points, not {points:g}", "give points within that"
    return None


def extend(
    session: Session, assignment: Assignment, person: Person, extra: timedelta, *, by: str, at: datetime
) -> timedelta:
    """Give somebody more time for a lab, on top of what they had; returns all that they have. Raises PushmarkError."""
    given = select(Extension.seconds).where(Extension.assignment_id == assignment.id, Extension.person_id == person.id)
    total = timedelta(seconds=sum(session.scalars(given))) + extra
    if not timedelta() < extra <= ENOUGH_TIME or total > ENOUGH_TIME:
        raise PushmarkError(f"more than {ENOUGH_TIME.days} days in all", "give less time, or the lab another deadline")
    seconds = int(extra.total_seconds())
    session.add(Extension(assignment_id=assignment.id, person_id=person.id, seconds=seconds, given_by=by, given_at=at))
    data = {"lab": assignment.slug, "learner": person.identifier, "seconds": seconds}
    log.append(session, assignment.course_id, at=at, actor=by, kind="extend", data=data)
    for submission in _submissions(session, assignment, person):
        _changed(submission)
    return total


def freeze(session: Session, submission: Submission, *, by: str, at: datetime) -> bool:
    """Take no more pushes from now on; returns False when it was frozen already, which changes nothing."""
    if submission.frozen is not None:
        return False
    submission.frozen = at
    _changed(submission)
    _log(session, submission, "freeze", by, at)
    return True


def thaw(session: Session, submission: Submission, *, by: str, at: datetime) -> bool:
    """Take pushes again, also what was pushed since the freeze; returns False when it was not frozen."""
    if submission.frozen is None:
        return False
    submission.frozen = None
    _changed(submission)
    _log(session, submission, "thaw", by, at)
    return True


def release(session: Session, submission: Submission, *, by: str, at: datetime) -> bool:
    """Show the learner a held-back result, and all later ones; returns False when it was not held back."""
    if not scores.is_held_back(submission):
        return False
    submission.released = at
    _changed(submission)
    _log(session, submission, "release", by, at)
    return True


def release_all(session: Session, assignment: Assignment, *, by: str, at: datetime) -> int:
    """Hold nothing of a lab back any more; returns how many submissions were."""
    held = [one for one in _submissions(session, assignment) if scores.is_held_back(one)]
    if not assignment.held_back:
        return 0
    assignment.held_back = False
    for submission in held:
        _changed(submission)
    data = {"lab": assignment.slug, "submissions": len(held)}
    log.append(session, assignment.course_id, at=at, actor=by, kind="release", data=data)
    return len(held)


def grade_again(session: Session, submission: Submission, *, everything: bool, by: str, at: datetime) -> int:
    """Have the newest graded attempt graded again, or all; returns how many. It costs nothing, and the better counts.

    One that is waiting for it already is not asked for twice.
    """
    rows = list(
        session.scalars(
            select(Attempt).where(Attempt.submission_id == submission.id).order_by(Attempt.number, Attempt.again)
        )
    )
    newest = {row.number: row for row in rows if row.state in ("graded", "asked")}
    numbers = sorted(newest) if everything else sorted(newest)[-1:]
    ask = [number for number in numbers if newest[number].state == "graded"]
    last = {row.number: row.again for row in rows}
    for number in ask:
        before = newest[number]
        session.add(
            Attempt(
                submission_id=submission.id,
                number=number,
                again=last[number] + 1,
                sha=before.sha,
                lab_version=before.lab_version,
                received=before.received,
                taken=at,
                state="asked",
            )
        )
    if ask:
        submission.heard = Submission.heard + 1  # raised in the database, where others may raise it too
        submission.retry = None
        _log(session, submission, "regrade", by, at, attempts=ask)
    return len(ask)


def appeal(
    session: Session, submission: Submission, check: str, task: int, reason: str, *, by: str, at: datetime
) -> None:
    """Keep a learner's word that a check is wrong."""
    sha = submission.graded_sha
    session.add(
        Appeal(submission_id=submission.id, check=check, task=task, sha=sha, reason=reason, made_by=by, made_at=at)
    )
    _log(session, submission, "appeal", by, at, check=check, commit=sha, reason=reason)


class Appealed(msgspec.Struct, frozen=True, kw_only=True):
    """An appeal as staff read it; `answered` says how, or is empty while it is open."""

    lab: str
    learner: str
    repository: str
    pull: int
    check: str
    reason: str
    by: str
    at: datetime
    answered: str = ""


def appeals(session: Session, course: Course) -> list[Appealed]:
    """All appeals of a course, the oldest first. What staff set of the check's task later is the answer."""
    rows = session.execute(
        select(Appeal, Submission)
        .join(Submission, Submission.id == Appeal.submission_id)
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .where(Assignment.course_id == course.id)
        .order_by(Appeal.id)
    )
    return [_appealed(session, one, submission) for one, submission in rows]


def _appealed(session: Session, one: Appeal, submission: Submission) -> Appealed:
    later = [
        setting
        for setting in scores.settings(session, submission)
        if setting.task == one.task and setting.at >= one.made_at
    ]
    answered = f"{later[0].by} set task {one.task} to {later[0].points:g}: {later[0].reason}" if later else ""
    return Appealed(
        lab=submission.assignment.slug,
        learner=submission.person.identifier,
        repository=submission.repository,
        pull=submission.pull,
        check=one.check,
        reason=one.reason,
        by=one.made_by,
        at=one.made_at,
        answered=answered,
    )


def outdated(session: Session, assignment: Assignment) -> None:
    """What stands on GitHub about a lab's submissions may be wrong now: look at them all again."""
    for submission in _submissions(session, assignment):
        _changed(submission)


def _submissions(session: Session, assignment: Assignment, person: Person | None = None) -> list[Submission]:
    chosen = select(Submission).where(Submission.assignment_id == assignment.id)
    if person is not None:
        chosen = chosen.where(Submission.person_id == person.id)
    return list(session.scalars(chosen.order_by(Submission.id)))


def _changed(submission: Submission) -> None:
    """The counts are raised in the database, where others may raise them too."""
    submission.heard = Submission.heard + 1
    submission.revision = Submission.revision + 1
    submission.published_sha = ""
    submission.retry = None


def _log(session: Session, submission: Submission, kind: str, by: str, at: datetime, **more: Any) -> None:
    data = {"submission": submission.id, **more}
    log.append(session, submission.assignment.course_id, at=at, actor=by, kind=kind, data=data)
