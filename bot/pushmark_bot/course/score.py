"""What counts: a pure function of the attempts, of what staff set, and of the course's rules.

A stored report is never changed. What a person decided later (points of a task, more time, a new deadline) is applied
anew whenever somebody asks:

    rules = Rules(schedule=extended(schedule, extra), policy=policy)
    one = counted(graded, settings, rules)             an attempt by itself, as its publication shows it
    grade = best(every_attempt, settings, rules)       what the gradebook has; None when there is nothing

`db.scores` reads these from the database.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from pushmark_graders.report.model import Report

from pushmark_bot.course.deadlines import LatePolicy, Schedule, Standing, adjusted, standing

Counts = Literal["best", "newest"]
"""Which attempt counts: that with the most points after lateness, or the last one that was in time."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task of an attempt: what its checks earned, of how much."""

    number: int
    title: str
    points: float
    max: float


class Graded(msgspec.Struct, frozen=True, kw_only=True):
    """A graded attempt. `again` counts how often its commit had been graded before, and costs nothing."""

    number: int
    again: int = 0
    sha: str
    received: datetime
    tasks: Sequence[Task]
    metrics: float = 0.0
    metrics_max: float = 0.0


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Points of a task as a person set them, an override. The newest of a task counts."""

    task: int
    points: float
    reason: str
    by: str
    at: datetime


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """A course's rules for one learner: `schedule` has the learner's extensions in it."""

    schedule: Schedule = Schedule()
    policy: LatePolicy = LatePolicy()
    frozen: datetime | None = None
    counts: Counts = "best"


class CountedTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task as it counts before lateness: `points`, which are those `earned` unless staff set others."""

    number: int
    title: str
    earned: float
    points: float
    max: float
    setting: Setting | None = None


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What counts. `points` of `max` is the sum of tasks and metrics, less the `penalty` for `days_late`.

    `number`, `again` and `sha` are the attempt's; 0 and empty when none is in time, so that only what staff set counts.
    """

    number: int = 0
    again: int = 0
    sha: str = ""
    standing: Standing = "on time"
    tasks: tuple[CountedTask, ...] = ()
    metrics: float = 0.0
    metrics_max: float = 0.0
    penalty: float = 0.0
    days_late: int = 0
    points: float = 0.0
    max: float = 0.0

    @property
    def earned(self) -> float:
        """What the grader gave, before staff and deadline had their say."""
        return round(sum(task.earned for task in self.tasks) + self.metrics, 2)


def graded(report: Report, *, number: int, sha: str, received: datetime, again: int = 0) -> Graded:
    """The points of a report, as an attempt that our server heard of at `received`."""
    return Graded(
        number=number,
        again=again,
        sha=sha,
        received=received,
        tasks=[Task(number=one.number, title=one.title, points=one.points, max=one.max) for one in report.tasks],
        metrics=round(sum(one.points for one in report.metrics), 2),
        metrics_max=round(sum(one.max for one in report.metrics), 2),
    )


def counted(attempt: Graded, settings: Sequence[Setting], rules: Rules) -> Counted:
    """What an attempt counts by itself, whenever it came; `in_time` says whether it may count at all.

    Lateness takes its part of what was earned. What staff set counts as it is, up to the task's most.
    """
    newest = _newest(settings)
    tasks = tuple(_task(task, newest.get(task.number)) for task in attempt.tasks)
    given = sum(task.points for task in tasks if task.setting is not None)
    earned = sum(task.points for task in tasks if task.setting is None) + attempt.metrics
    late = adjusted(rules.schedule, rules.policy, attempt.received, round(earned, 2))
    return Counted(
        number=attempt.number,
        again=attempt.again,
        sha=attempt.sha,
        standing=standing(rules.schedule, rules.policy, attempt.received),
        tasks=tasks,
        metrics=attempt.metrics,
        metrics_max=attempt.metrics_max,
        penalty=late.penalty,
        days_late=late.days_late,
        points=round(given + late.points, 2),
        max=round(sum(task.max for task in tasks) + attempt.metrics_max, 2),
    )


def best(
    attempts: Sequence[Graded], settings: Sequence[Setting], rules: Rules, outline: Sequence[Task] = ()
) -> Counted | None:
    """What counts of all attempts: by default the one with the most points, and the newest of equals.

    When none is in time, what staff set counts alone, with the tasks of the newest attempt; without any attempt, with
    those of `outline`. None when nothing was graded and nothing set.
    """
    there = [(attempt, counted(attempt, settings, rules)) for attempt in attempts if in_time(attempt, rules)]
    if there:
        return max(there, key=lambda one: _rank(one[0], one[1], rules))[1]
    last = max(attempts, key=lambda one: (one.number, one.again), default=None)
    if last is None and not (settings and outline):
        return None
    return _without_attempt(last, settings, outline)


def in_time(attempt: Graded, rules: Rules) -> bool:
    """Whether an attempt may count: pushed while the lab was open, and before staff froze the submission."""
    if rules.frozen is not None and attempt.received > rules.frozen:
        return False
    return standing(rules.schedule, rules.policy, attempt.received) in ("on time", "late")


def _rank(attempt: Graded, counts: Counted, rules: Rules) -> tuple[float, float, int]:
    """Of one attempt that was graded again the better counts, whichever the course's rule is."""
    if rules.counts == "newest":
        return attempt.number, counts.points, attempt.again
    return counts.points, attempt.number, attempt.again


def _without_attempt(last: Graded | None, settings: Sequence[Setting], outline: Sequence[Task]) -> Counted:
    newest = _newest(settings)
    known = last.tasks if last is not None else outline
    nothing = [msgspec.structs.replace(task, points=0.0) for task in known]
    tasks = tuple(_task(task, newest.get(task.number)) for task in nothing)
    more = last.metrics_max if last is not None else 0.0
    return Counted(
        standing="closed",
        tasks=tasks,
        metrics_max=more,
        points=round(sum(task.points for task in tasks), 2),
        max=round(sum(task.max for task in tasks) + more, 2),
    )


def _task(task: Task, setting: Setting | None) -> CountedTask:
    return CountedTask(
        number=task.number,
        title=task.title,
        earned=task.points,
        points=task.points if setting is None else min(setting.points, task.max),
        max=task.max,
        setting=setting,
    )


def _newest(settings: Sequence[Setting]) -> dict[int, Setting]:
    """The newest setting of each task; of those made at one moment the last named."""
    return {setting.task: setting for setting in sorted(settings, key=lambda one: one.at)}
