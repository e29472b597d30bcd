"""A report as a flat list of what earned points: what formats made for test results can hold."""

from collections.abc import Iterator

import msgspec
from pushmark_graders.report.model import CheckResult, MetricResult, Report, State
from pushmark_graders.report.text import clean

METRICS = "Metrics"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A check or a metric. `number` is its place, such as 2.1; `text` is what its learner reads, made inert.

    Of a hidden check that is its hint alone.
    """

    id: str
    group: str
    number: str
    title: str
    state: State
    points: float
    max: float
    hidden: bool = False
    text: str = ""
    seconds: float = 0.0
    path: str = ""
    line: int = 0


def lines(report: Report) -> Iterator[Line]:
    """The checks of each task, then the metrics."""
    for task in report.tasks:
        for place, check in enumerate(task.checks, start=1):
            yield _of_check(f"{task.number}. {task.title}", f"{task.number}.{place}", check)
    after = max((task.number for task in report.tasks), default=0) + 1
    for place, metric in enumerate(report.metrics, start=1):
        yield _of_metric(f"{after}.{place}", metric)


def _of_check(group: str, number: str, check: CheckResult) -> Line:
    said = (check.hint,) if check.hidden else (check.message, check.output, check.hint)
    text = "" if check.state == "passed" else _said(*said)
    return Line(
        id=check.id,
        group=clean(group),
        number=number,
        title=clean(check.title),
        state=check.state,
        points=check.points,
        max=check.max,
        hidden=check.hidden,
        text=text,
        seconds=check.seconds,
        path=clean(check.location.path) if check.location is not None else "",
        line=check.location.line if check.location is not None else 0,
    )


def _of_metric(number: str, metric: MetricResult) -> Line:
    measured = "" if metric.measured is None else f"measured {metric.measured:g}"
    claimed = "" if metric.claimed is None else f"claimed {metric.claimed:g}"
    return Line(
        id=f"metric-{metric.name}",
        group=METRICS,
        number=number,
        title=clean(metric.title),
        state=metric.state,
        points=metric.points,
        max=metric.max,
        text=_said(", ".join(filter(None, (measured, claimed))), metric.message, metric.hint),
    )


def _said(*parts: str) -> str:
    return clean("\n".join(part for part in parts if part))
