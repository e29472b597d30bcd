"""Who moves and why, when an attempt is graded anew: a pure comparison of two reports."""

from typing import Literal

import msgspec
from pushmark_graders.report.model import CheckResult, MetricResult, Report
from pushmark_graders.report.text import clean

Direction = Literal["up", "down", "same"]
LONGEST_WHY = 300


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A check or metric that came to something else. A state is empty where the lab does not have it any more, or did
    not have it yet. `why` is what the new report says of it."""

    id: str
    title: str
    before: str = ""
    after: str = ""
    points_before: float = 0.0
    points_after: float = 0.0
    why: str = ""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What a regrading makes of an attempt. `direction` is that of its share of the points there are."""

    learner: str
    attempt: int
    commit: str
    points_before: float
    max_before: float
    points_after: float
    max_after: float
    direction: Direction
    changes: list[Change]
    grade_before: float | None = None
    grade_after: float | None = None


class _Line(msgspec.Struct, frozen=True):
    title: str
    state: str
    points: float
    max: float
    why: str = ""


def changes(before: Report, after: Report) -> list[Change]:
    """What differs in state or points, in the order of the new report, and then what it does not have any more."""
    old, new = _lines(before), _lines(after)
    found = []
    for id_ in [*new, *(known for known in old if known not in new)]:
        was, now = old.get(id_), new.get(id_)
        if was is not None and now is not None and (was.state, was.points, was.max) == (now.state, now.points, now.max):
            continue
        shown = now or was
        found.append(
            Change(
                id=id_,
                title=shown.title if shown is not None else "",
                before=was.state if was is not None else "",
                after=now.state if now is not None else "",
                points_before=was.points if was is not None else 0.0,
                points_after=now.points if now is not None else 0.0,
                why=now.why if now is not None else "",
            )
        )
    return found


def direction(before: Report, after: Report) -> Direction:
    """Whether the share of the points went up or down; a lab may be worth more than it was."""
    was, now = before.score, after.score
    difference = now.points * max(was.max, 1e-9) - was.points * max(now.max, 1e-9)
    if abs(difference) < 1e-6:
        return "same"
    return "up" if difference > 0 else "down"


def _lines(report: Report) -> dict[str, _Line]:
    checks = {check.id: _of_check(check) for task in report.tasks for check in task.checks}
    return checks | {f"metric {metric.name}": _of_metric(metric) for metric in report.metrics}


def _of_check(check: CheckResult) -> _Line:
    why = "" if check.state == "passed" else _one_line(check.message or check.hint)
    return _Line(check.title, check.state, round(check.points, 4), round(check.max, 4), why)


def _of_metric(metric: MetricResult) -> _Line:
    why = _one_line(metric.message) or ("" if metric.measured is None else f"measured {metric.measured:g}")
    return _Line(metric.title, metric.state, round(metric.points, 4), round(metric.max, 4), why)


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())[:LONGEST_WHY]
