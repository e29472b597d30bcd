"""The tables of the feedback comment: tasks, claims against measurements, stages and runs.

A Markdown table holds an author's words and numbers alone. Runs are named by learner code, so their
table is plain text inside a fence.
"""

from pushmark_graders.report.model import MetricResult, Report, RunSummary, TaskResult, TrainingResult
from pushmark_graders.report.text import code, fence, one_line, prose
from pushmark_graders.report.verdict import (
    ICONS,
    amount,
    change,
    honesty,
    interval_reaches_target,
    lower_is_better,
    metric_state,
    number,
    task_state,
)

MAX_PAIRS = 12


def tasks(report: Report, *, rows: int) -> str:
    """Return one row per task, one per metric, and the sum. The last column needs a previous attempt."""
    before = report.previous
    lines = [_task_row(report, task) for task in report.tasks]
    lines += [_metric_row(report, metric) for metric in report.metrics]
    more = len(lines) - rows
    lines = lines[:rows] + ([_row([f"and {more} more", "", "", ""], before is not None)] if more > 0 else [])
    points = f"**{amount(report.score.points)} of {amount(report.score.max)}**"
    moved = change(report.score.points, before.points if before else None)
    lines.append(_row(["**Sum**", "", points, f"**{moved}**" if moved else ""], before is not None))
    header = _row(["Task", "State", "Points", "Change"], before is not None)
    return "\n".join([header, _row([":--", ":--", "--:", "--:"], before is not None), *lines])


def _row(cells: list[str], with_change: bool) -> str:
    return f"| {' | '.join(cells if with_change else cells[:-1])} |"


def _task_row(report: Report, task: TaskResult) -> str:
    state, words = task_state(task)
    before = report.previous.tasks.get(task.number) if report.previous else None
    points = f"{amount(task.points)} of {amount(task.max)}"
    cells = [f"{task.number}. {prose(task.title, 120)}", f"{ICONS[state]} {words}", points, change(task.points, before)]
    return _row(cells, report.previous is not None)


def _metric_row(report: Report, metric: MetricResult) -> str:
    before = report.previous.metrics.get(metric.name) if report.previous else None
    points = f"{amount(metric.points)} of {amount(metric.max)}"
    state, words = metric_state(metric)
    title = f"Measured: {prose(metric.title, 120)}"
    cells = [title, f"{ICONS[state]} {words}", points, change(metric.points, before)]
    return _row(cells, report.previous is not None)


def claims(report: Report, *, rows: int) -> str:
    """Return what the learner's run claimed beside what the grader measured, and a verdict on each."""
    if not report.metrics:
        return ""
    shown = report.metrics[:rows]
    measured = [_claim_row(metric) for metric in shown if metric.measured is not None]
    header = [
        "| Metric | Your claim | Measured (95 % interval) | Reference | Gap | Allowed gap |",
        "| :-- | --: | --: | --: | --: | --: |",
    ]
    more = len(report.metrics) - len(shown)
    lines = [
        "### Claims against measurements",
        "\n".join(header + measured) if measured else "",
        *(_claim_sentence(metric) for metric in shown),
        f"_{more} more not shown here._" if more else "",
    ]
    return "\n\n".join(line for line in lines if line)


def _claim_row(metric: MetricResult) -> str:
    measured = number(metric.measured)
    if metric.measured is not None and metric.low is not None and metric.high is not None:
        measured += f" ({number(metric.low)} to {number(metric.high)})"
    numbers = [number(metric.claimed), measured, *map(number, (metric.reference, metric.gap, metric.tolerance))]
    return f"| {' | '.join([prose(metric.title, 120), *numbers])} |"


def _claim_sentence(metric: MetricResult) -> str:
    word, why = honesty(metric)
    lines = [f"**{prose(metric.title, 120)}: {word}.** {why[0].upper()}{why[1:]}"]
    if metric.state == "blocked":
        return lines[0]
    if metric.target is not None and metric.baseline is not None and metric.points < metric.max:
        lines.append(_points_sentence(metric))
    lines.append(fence(metric.message, limit=600, lines=10))
    if metric.hint and (metric.honest is False or metric.points < metric.max):
        lines.append(hint(metric.hint))
    return "\n\n".join(line for line in lines if line)


def hint(text: str) -> str:
    return f"💡 **Hint:** {prose(text, 800)}"


def _points_sentence(metric: MetricResult) -> str:
    what = "The measurement"
    if metric.reference is not None:
        what = "The difference from the reference" if lower_is_better(metric) else "The lead over the reference"
    value = "" if metric.measured is None else f"; yours is {number(metric.measured - (metric.reference or 0.0))}"
    said = f"{what} earns points from {number(metric.baseline)} (none) to {number(metric.target)} (all){value}."
    return f"{said} {_DECIDED}" if interval_reaches_target(metric) else said


_DECIDED = (
    "The interval reaches over that target: on other rows you might have met it. "
    "The measurement decides, not the interval."
)


def stages(training: TrainingResult) -> str:
    if not training.stages:
        return ""
    names = [f"{code(stage.name, 60)}{'' if stage.ran else ' (did not run)'}" for stage in training.stages[:20]]
    more = f" and {len(training.stages) - 20} more" if len(training.stages) > 20 else ""
    return f"Stages: {', '.join(names)}{more}"


def runs(logged: list[RunSummary], *, rows: int) -> str:
    """Return the runs as the learner's training logged them, as aligned plain text."""
    if not logged or not rows:
        return ""
    header = ["run", "status", "parameters", "metrics"]
    table = [header, *(_run_cells(run) for run in logged[:rows])]
    widths = [max(len(row[column]) for row in table) for column in range(3)]
    text = "\n".join("  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[3]]) for row in table)
    more = f"\n\n_{len(logged) - rows} more runs not shown here._" if len(logged) > rows else ""
    return "Runs that your training logged:\n\n" + fence(text, limit=400 * (rows + 1), lines=rows + 1) + more


def _run_cells(run: RunSummary) -> list[str]:
    params = [f"{one_line(key, 40)}={one_line(value, 40)}" for key, value in list(run.params.items())[:MAX_PAIRS]]
    metrics = [f"{one_line(key, 40)}={number(value)}" for key, value in list(run.metrics.items())[:MAX_PAIRS]]
    name = one_line(run.name or run.id, 40)
    return [name, one_line(run.status, 20), one_line(" ".join(params), 120), one_line(" ".join(metrics), 120)]
