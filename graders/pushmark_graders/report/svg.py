"""Charts as SVG for the page: no script, no style of their own, and a title and description for who cannot see them.

Shapes differ as well as colours. All are drawn for a width of about 400 pixels, a telephone's, and grow from there.
"""

import math
from collections.abc import Callable

from pushmark_graders.report.intervals import NAMES, Mark, marks, reach
from pushmark_graders.report.markup import Markup, element, join
from pushmark_graders.report.model import BudgetResult, MetricResult
from pushmark_graders.report.plotting import position, thinned, ticks
from pushmark_graders.report.trend import Series
from pushmark_graders.report.words import number, quantity, ratio

WIDTH = 420.0
_ROW = 36.0
_LEFT, _RIGHT = 8.0, WIDTH - 8.0
_MOST_LABELS = 10


def claim(metric: MetricResult, name: str) -> Markup:
    """Return a row for each of reference, measurement with interval, claim and target; `name` makes its ids unique."""
    shown = marks(metric)
    if len(shown) < 2:
        return Markup()
    low, high = reach(shown)
    bottom = _ROW * len(shown) + 4

    def across(value: float) -> float:
        return _LEFT + position(value, low, high) * (_RIGHT - _LEFT)

    parts = [_tick(across(at), 4, bottom, number(at), bottom + 14) for at in ticks(low, high, 6)]
    goals = [across(mark.value) for mark in shown if mark.kind == "target"]
    parts += [element("line", x1=x, x2=x, y1=4, y2=bottom - 12, class_="goal") for x in goals]
    parts += [_row(mark, index * _ROW + 4, across) for index, mark in enumerate(shown)]
    says = "; ".join(f"{NAMES[mark.kind]} {mark.says()}" for mark in shown)
    return _figure(name, f"{metric.title}: claim and measurement", f"{says}.", WIDTH, bottom + 22, parts)


def _row(mark: Mark, top: float, across: Callable[[float], float]) -> Markup:
    middle = top + 24
    parts = [
        element("text", element("tspan", NAMES[mark.kind], class_="name"), f" {mark.says()}", x=_LEFT, y=top + 13),
        element("line", x1=_LEFT, x2=_RIGHT, y1=middle, y2=middle, class_="track"),
    ]
    if mark.low != mark.high:
        left, right = across(mark.low), across(mark.high)
        parts.append(element("line", x1=left, x2=right, y1=middle, y2=middle, class_="interval"))
        parts += [element("line", x1=x, x2=x, y1=middle - 5, y2=middle + 5, class_="interval") for x in (left, right)]
    parts.append(_shape(mark, across(mark.value), middle))
    return element("g", *parts, class_=mark.kind)


def _shape(mark: Mark, x: float, y: float) -> Markup:
    if mark.kind == "claim":
        return element("path", d=f"M{x:.2f} {y - 6:.2f}l6 6l-6 6l-6 -6z", class_="mark")
    if mark.kind == "target":
        return element("path", d=f"M{x:.2f} {y - 6:.2f}v12m-5 -6h10", class_="mark")
    return element("circle", cx=x, cy=y, r=5, class_="mark open" if mark.kind == "reference" else "mark")


def trend(series: Series, name: str) -> Markup:
    """Return a line over the attempts with a dot for each."""
    low, high = (0.0, series.top) if series.top else reach([Mark("measured", v, v, v) for v in series.values])
    left, right, top, bottom = 44.0, WIDTH - 14, 14.0, 136.0
    last = max(1, len(series.values) - 1)

    def up(value: float) -> float:
        return bottom - position(value, low, high) * (bottom - top)

    xs = [left + (right - left) * index / last for index in range(len(series.values))]
    points = list(zip(xs, map(up, series.values), strict=True))
    grid = [
        join(
            [
                element("line", x1=left, x2=right, y1=up(at), y2=up(at), class_="grid"),
                element("text", series.written(at), x=left - 6, y=up(at) + 4, class_="tick end"),
            ]
        )
        for at in ticks(low, high, 5)
    ]
    shown = set(thinned(series.attempts, _MOST_LABELS))
    below = [
        element("text", str(attempt), x=x, y=bottom + 16, class_="tick middle")
        for x, attempt in zip(xs, series.attempts, strict=True)
        if attempt in shown
    ]
    parts = [
        *grid,
        *below,
        element("text", "attempt", x=(left + right) / 2, y=bottom + 31, class_="tick middle"),
        element("polyline", points=_points(points), class_="series"),
        *(element("circle", cx=x, cy=y, r=3.5, class_="dot") for x, y in points),
    ]
    taken = zip(series.attempts, series.values, strict=True)
    says = ", ".join(f"attempt {attempt}: {series.written(value)}" for attempt, value in taken)
    return _figure(name, f"{series.title} over the attempts", f"{says}.", WIDTH, bottom + 38, parts)


def budget(cost: BudgetResult, name: str) -> Markup:
    """Return a bar for the ratio to the reference (or the cost itself), its noise, and the bound as a line."""
    value, bound = (cost.ratio, cost.at_most) if cost.at_most is not None else (cost.measured, cost.limit)
    if value is None or bound is None or not math.isfinite(value) or not math.isfinite(bound) or bound <= 0:
        return Markup()
    width, height = 120.0, 20.0
    noise = min(cost.noise, 1.0) * value if cost.noise is not None and cost.at_most is not None else 0.0
    top = 1.15 * max(value + noise, bound)

    def across(at: float) -> float:
        return position(at, 0.0, top) * width

    parts = [
        element("rect", x=0, y=6, width=width, height=8, class_="track"),
        element("rect", x=0, y=6, width=across(value), height=8, class_="bar"),
        element("line", x1=across(bound), x2=across(bound), y1=1, y2=19, class_="bound"),
    ]
    if noise:
        left, right = across(value - noise), across(value + noise)
        parts += [element("line", x1=left, x2=right, y1=10, y2=10, class_="noise")]
        parts += [element("line", x1=x, x2=x, y1=6, y2=14, class_="noise") for x in (left, right)]
    said = [ratio(at) if cost.at_most is not None else quantity(at, cost.unit) for at in (value, bound)]
    says = f"{said[0]} beside a bound of {said[1]}."
    return _figure(name, f"{cost.title}: cost and bound", says, width, height, parts, small=True)


def course(values: list[float], name: str, title: str) -> Markup:
    """Return a small line without axes; what is not a number leaves a gap."""
    shown = thinned(values, 60)
    finite = [value for value in shown if math.isfinite(value)]
    if len(finite) < 2:
        return Markup()
    low, high = min(finite), max(finite)
    strokes: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(shown):
        if math.isfinite(value):
            x = 2 + 96 * index / (len(shown) - 1)
            strokes[-1].append((x, 20 - position(value, low, high) * 16))
        elif strokes[-1]:
            strokes.append([])
    parts = [element("polyline", points=_points(stroke), class_="series") for stroke in strokes if len(stroke) > 1]
    says = f"From {number(values[0])} to {number(values[-1])} over {len(values)} values."
    return _figure(name, title, says, 100, 24, parts, small=True)


def _tick(x: float, top: float, bottom: float, label: str, below: float) -> Markup:
    side = "end" if x > WIDTH - 24 else "start" if x < 24 else "middle"
    grid = element("line", x1=x, x2=x, y1=top, y2=bottom, class_="grid")
    return join([grid, element("text", label, x=x, y=below, class_=f"tick {side}")])


def _points(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


def _figure(
    name: str, title: str, says: str, width: float, height: float, parts: list[Markup], *, small: bool = False
) -> Markup:
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", says, id=f"{name}-desc"),
        *parts,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        class_="small" if small else "chart",
    )
