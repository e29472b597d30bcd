"""`/hint [TASK]`: one more of the lab's hints for a task, and those that were shown before."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pushmark_graders.report.model import Report
from pushmark_graders.report.text import fold
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pushmark_bot.db import log
from pushmark_bot.db.tables import Hint, Submission
from pushmark_bot.slash.answer import Answer, refused
from pushmark_bot.slash.grammar import Command
from pushmark_bot.slash.situation import Situation


def decide(command: Command, now: Situation) -> Answer:
    """Show the next hint; when all were shown, show them again."""
    if not now.hints:
        return refused("This lab has no hints.")
    task = command.task if command.task is not None else first_open(now)
    if task is None:
        return Answer(text="Every task that has hints is done. `/hint TASK` shows those of a task nevertheless.")
    if task not in now.hints:
        return refused(f"There are hints for {_listed(sorted(now.hints))}, not for task {task}.")
    hints, shown = now.hints[task], now.shown.get(task, 0)
    if shown >= len(hints):
        return Answer(text=_text(task, hints, len(hints)) + "\n\nThat is the last one of this task.")
    chosen = msgspec.structs.replace(command, task=task)
    return Answer(act=True, text=_text(task, hints, shown + 1), command=chosen)


def apply(session: Session, submission: Submission, command: Command, by: str, at: datetime) -> None:
    """Remember what was shown. `command` names the task."""
    last = select(func.max(Hint.number)).where(Hint.submission_id == submission.id, Hint.task == command.task)
    number = (session.scalars(last).one_or_none() or 0) + 1
    session.add(Hint(submission_id=submission.id, task=command.task, number=number, shown_to=by, shown_at=at))
    data = {"submission": submission.id, "task": command.task, "hint": number}
    log.append(session, submission.assignment.course_id, at=at, actor=by, kind="hint", data=data)


def first_open(now: Situation) -> int | None:
    """The first task with hints that is not done; what is held back does not show in it."""
    if now.report is None:
        return min(now.hints)
    left = _open_tasks(now.report, public_only=now.held_back)
    return next((number for number in sorted(now.hints) if number in left), None)


def _open_tasks(report: Report, *, public_only: bool) -> set[int]:
    return {
        task.number
        for task in report.tasks
        if any(check.state != "passed" and not (public_only and check.hidden) for check in task.checks)
    }


def _text(task: int, hints: Sequence[str], shown: int) -> str:
    before = [fold(f"Hint {number}", [hints[number - 1]]) for number in range(1, shown)]
    newest = f"**Task {task}, hint {shown} of {len(hints)}**\n\n{hints[shown - 1]}"
    return "\n\n".join([newest, *before])


def _listed(numbers: Sequence[int]) -> str:
    return f"task{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
