"""What a chart of a claim shows: the reference, the measurement with its interval, the claim, and the target."""

import math
from typing import Literal, NamedTuple

from pushmark_graders.report.model import MetricResult
from pushmark_graders.report.plotting import padded, position
from pushmark_graders.report.words import number

Kind = Literal["reference", "measured", "claim", "target"]
WIDTH = 40
"""Characters of a chart in a terminal."""

NAMES: dict[Kind, str] = {
    "reference": "reference",
    "measured": "measured",
    "claim": "your claim",
    "target": "all points",
}
_SIGNS = {"reference": "○", "measured": "●", "claim": "◆", "target": "┆"}


class Mark(NamedTuple):
    """A number on the chart; `low` and `high` are the ends of its 95 % interval, or the number itself."""

    kind: Kind
    value: float
    low: float
    high: float

    def says(self) -> str:
        """Write the number, and the interval where there is one."""
        written = number(self.value)
        return written if self.low == self.high else f"{written} ({number(self.low)} to {number(self.high)})"


def marks(metric: MetricResult) -> list[Mark]:
    """Return what a chart of the metric shows, or nothing where no measurement is there to compare with."""
    if metric.measured is None or not math.isfinite(metric.measured):
        return []
    goal = None if metric.target is None else metric.target + (metric.reference or 0.0)
    numbers: list[tuple[Kind, float | None]] = [
        ("reference", metric.reference),
        ("measured", metric.measured),
        ("claim", metric.claimed),
        ("target", goal),
    ]
    shown = [Mark(kind, value, value, value) for kind, value in numbers if value is not None and math.isfinite(value)]
    if metric.low is None or metric.high is None or not math.isfinite(metric.low + metric.high):
        return shown
    low, high = metric.low, metric.high
    return [mark._replace(low=low, high=high) if mark.kind == "measured" else mark for mark in shown]


def reach(shown: list[Mark]) -> tuple[float, float]:
    """Return the range of values that a chart of the marks covers."""
    return padded([end for mark in shown for end in (mark.low, mark.high)])


def drawn(metric: MetricResult) -> list[tuple[str, str, str]]:
    """Return the chart as text: for each mark its name, a line of `WIDTH` characters, and its number."""
    shown = marks(metric)
    if len(shown) < 2:
        return []
    low, high = reach(shown)

    def column(value: float) -> int:
        return round(position(value, low, high) * (WIDTH - 1))

    lines: list[tuple[str, str, str]] = []
    for mark in shown:
        row = [" "] * WIDTH
        if mark.low != mark.high:
            row[column(mark.low) : column(mark.high) + 1] = "─" * (column(mark.high) + 1 - column(mark.low))
            row[column(mark.low)], row[column(mark.high)] = "├", "┤"
        row[column(mark.value)] = _SIGNS[mark.kind]
        lines.append((NAMES[mark.kind], "".join(row), mark.says()))
    return lines
