"""How points and measurements moved over the attempts, this one included."""

import math
from typing import NamedTuple

from pushmark_graders.report.model import PastAttempt, Report
from pushmark_graders.report.words import amount, number

FEWEST = 3
"""Attempts that make a trend; the change since the last one stands in the table of tasks already."""


class Series(NamedTuple):
    """A number that each of some attempts has. `unit` follows it in a sentence; `top` is the most that it can be."""

    title: str
    attempts: list[int]
    values: list[float]
    unit: str = ""
    top: float | None = None

    def written(self, value: float) -> str:
        """Write one of the values as a person would."""
        return number(value) if self.top is None else amount(value)

    def says(self) -> str:
        """Say from where to where it went: "4 to 17 of 20 points"."""
        return f"{self.written(self.values[0])} to {self.written(self.values[-1])}{self.unit}"


def past(report: Report) -> PastAttempt:
    """Return what later reports tell of this attempt."""
    return PastAttempt(
        attempt=report.attempt,
        points=report.score.points,
        max=report.score.max,
        commit=report.submission.commit,
        metrics={one.name: one.measured for one in report.metrics if one.measured is not None},
    )


def attempts(report: Report) -> list[PastAttempt]:
    """Return the earlier attempts and this one, the oldest first; empty where they make no trend."""
    if report.status == "ungraded":
        return []
    together = [*(one for one in report.history if one.attempt != report.attempt), past(report)]
    return together if len(together) >= FEWEST else []


def trends(report: Report) -> list[Series]:
    """Return the points, then each metric that was measured often enough."""
    taken = attempts(report)
    if not taken:
        return []
    measured = [_measured(taken, metric.name, metric.title) for metric in report.metrics]
    return [_points(taken), *(series for series in measured if len(series.values) >= FEWEST)]


def _points(taken: list[PastAttempt]) -> Series:
    """Points as they are, or as a share of what could be earned where that changed."""
    numbers = [one.attempt for one in taken]
    tops = {one.max for one in taken}
    if len(tops) == 1:
        top = tops.pop()
        values = [_finite(one.points) for one in taken]
        return Series("Points", numbers, values, f" of {amount(top)} points", _finite(top))
    shares = [_finite(100 * one.points / one.max) if one.max else 0.0 for one in taken]
    return Series("Share of the points", numbers, [round(one, 1) for one in shares], " % of the points", 100.0)


def _measured(taken: list[PastAttempt], name: str, title: str) -> Series:
    known = [(one.attempt, one.metrics[name]) for one in taken if math.isfinite(one.metrics.get(name, math.nan))]
    return Series(title, [one for one, _ in known], [value for _, value in known])


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0
