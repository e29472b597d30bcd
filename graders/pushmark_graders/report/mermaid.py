"""Charts that GitHub draws in a comment: Mermaid's `xychart-beta`, with numbers and plain words alone.

No learner text goes into one. Of an author's title only letters, digits and a few marks stay: quotes, backticks and
brackets mean something there. A table beside each chart says the same, for e-mails and other places that draw nothing.
"""

import math
from collections.abc import Sequence

from pushmark_graders.report.intervals import NAMES, marks, reach
from pushmark_graders.report.model import MetricResult
from pushmark_graders.report.plotting import padded
from pushmark_graders.report.trend import Series

_PALETTE = "#4493f8, #bf8700, #bf8700"
"""The value, and both ends of an interval: dark enough on white and light enough on black, as Mermaid's own are not."""
_LOOK = (
    '%%{init: {"xyChart": {"width": 640, "height": 320}, '
    f'"themeVariables": {{"xyChart": {{"plotColorPalette": "{_PALETTE}"}}}}}}}}%%'
)
_TITLE = 60
"""Characters that a title has room for at this width."""
_PLAIN = " .,:%'/+-()"


def trend(series: Series) -> str:
    """Return a line over the attempts."""
    low, high = (0.0, series.top) if series.top else padded(series.values)
    return _chart(
        series.title, [str(number) for number in series.attempts], "Attempt", (low, high), [("line", series.values)]
    )


def claim(metric: MetricResult) -> str:
    """Return bars for reference, measurement and claim, and two lines for the ends of the measurement's interval.

    A bar's length is compared, so that all of them begin at zero.
    """
    shown = marks(metric)
    bars = [mark for mark in shown if mark.kind != "target"]
    measured = next((mark for mark in bars if mark.kind == "measured"), None)
    if measured is None or len(bars) < 2:
        return ""
    plots = [("bar", [mark.value for mark in bars])]
    if measured.low != measured.high:
        plots += [("line", [end] * len(bars)) for end in (measured.low, measured.high)]
    low, high = reach(shown)
    return _chart(metric.title, [NAMES[mark.kind] for mark in bars], "", (min(low, 0.0), max(high, 0.0)), plots)


def _chart(
    title: str,
    categories: list[str],
    axis: str,
    between: tuple[float, float],
    plots: Sequence[tuple[str, Sequence[float]]],
) -> str:
    named = ", ".join(f'"{_plain(one, 30)}"' for one in categories)
    lines = [
        "```mermaid",
        _LOOK,
        "xychart-beta",
        f'  title "{_plain(title, _TITLE)}"',
        f'  x-axis "{axis}" [{named}]' if axis else f"  x-axis [{named}]",
        f"  y-axis {_number(between[0])} --> {_number(between[1])}",
        *(f"  {kind} [{', '.join(map(_number, values))}]" for kind, values in plots),
        "```",
    ]
    return "\n".join(lines)


def _number(value: float) -> str:
    """Mermaid reads no exponents."""
    if not math.isfinite(value):
        return "0"
    return f"{value:.6f}".rstrip("0").rstrip(".") if abs(value) < 1e12 else "0"


def _plain(text: str, limit: int) -> str:
    kept = "".join(one if one.isalnum() or one in _PLAIN else " " for one in text[:limit])
    return " ".join(kept.split()) or "Chart"
