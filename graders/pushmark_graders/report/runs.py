"""What a search logged: nested runs below their parent, the best one marked, and which run a claim comes from."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from pushmark_graders.report.model import MetricResult, Report, RunSummary
from pushmark_graders.report.verdict import lower_is_better

DEEPEST = 3


class Listed(NamedTuple):
    """A run as a list shows it: how deep it is nested, and whether it is the best by the judged metric."""

    run: RunSummary
    depth: int
    best: bool


class Judged(NamedTuple):
    """The logged metric that a claim stands for, and the best value that a run logged of it."""

    key: str
    best: RunSummary
    value: float


def nested(report: Report) -> list[Listed]:
    """Return every run once, below the run that it is nested in, in the order in which they were logged."""
    logged = report.training.runs if report.training else []
    by_id = {run.id: run for run in reversed(logged)}
    below: dict[str, list[RunSummary]] = {}
    for run in logged:
        below.setdefault(run.parent if run.parent in by_id and run.parent != run.id else "", []).append(run)
    best = judged(report) if len(logged) > 1 else None
    found: list[Listed] = []
    seen: set[int] = set()

    def add(top: RunSummary) -> None:
        waiting = [(top, 0)]
        while waiting:
            run, depth = waiting.pop()
            if id(run) in seen:
                continue
            seen.add(id(run))
            found.append(Listed(run, min(depth, DEEPEST), best is not None and run is best.best))
            waiting += [(inner, depth + 1) for inner in reversed(below.get(run.id, [])) if run.id]

    for run in [*below.get("", []), *logged]:  # the second part is what names itself as its own ancestor
        add(run)
    return found


def judged(report: Report) -> Judged | None:
    """Return which logged metric is judged, and its best run; None where no run logged what a metric claims.

    It is the one that has the first claim's value in some run, or else the metric's own name, alone or at the end
    (`val_auc` for `auc`).
    """
    for metric in report.metrics:
        key = _key(report, metric)
        if key is None or report.training is None:
            continue
        having = [run for run in report.training.runs if math.isfinite(run.metrics.get(key, math.nan))]
        order = -1.0 if lower_is_better(metric) else 1.0
        best = max(having, key=lambda run: order * run.metrics[key])
        return Judged(key, best, best.metrics[key])
    return None


def _key(report: Report, metric: MetricResult) -> str | None:
    logged = report.training.runs if report.training else []
    source = claimed_by(report, metric)
    if source is not None:
        return next(key for key, value in source.metrics.items() if _same(value, metric.claimed))
    names = [key for run in logged for key, value in run.metrics.items() if math.isfinite(value)]
    return next((key for key in names if key == metric.name or key.endswith(f"_{metric.name}")), None)


def claimed_by(report: Report, metric: MetricResult) -> RunSummary | None:
    """Return the newest run that logged the claimed value, if any did. A report holds four digits of a claim."""
    logged = report.training.runs if report.training else []
    return next((run for run in logged if any(_same(value, metric.claimed) for value in run.metrics.values())), None)


def _same(value: float, claimed: float | None) -> bool:
    if claimed is None or not math.isfinite(value) or not math.isfinite(claimed):
        return False
    return f"{value:.4g}" == f"{claimed:.4g}"


def filled(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return which columns of a list of runs say something: the first, and those in which some row is not empty."""
    return [column for column in range(len(rows[0])) if column == 0 or any(row[column] for row in rows)]


def curve(run: RunSummary, key: str | None) -> tuple[str, list[float]] | None:
    """Return the course of the judged metric within a run, or of the first metric that has one."""
    known = {name: values for name, values in run.history.items() if len(values) > 1}
    if key in known:
        return key, known[key]
    return next(iter(known.items()), None)
