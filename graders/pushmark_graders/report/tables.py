"""The tables of the feedback comment: tasks, claims against measurements, leaks, budgets, stages and runs.

A Markdown table holds an author's words and numbers; the names of leaking columns, which are learner code's, go through
`cell`. Runs hold far more of it, so their table is plain text inside a fence.
"""

from pushmark_graders.report.model import (
    BudgetResult,
    LeakFinding,
    MetricResult,
    Report,
    StageResult,
    TaskResult,
    TrainingResult,
)
from pushmark_graders.report.plotting import sparkline
from pushmark_graders.report.runs import Listed, curve, filled, judged, nested
from pushmark_graders.report.text import cell, code, fence, one_line, prose
from pushmark_graders.report.verdict import (
    ICONS,
    budget_explained,
    budget_state,
    claim_cells,
    honesty,
    leak_columns,
    metric_state,
    points_explained,
    task_state,
)
from pushmark_graders.report.words import amount, change, count, duration, number, quantity, ratio, share

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
    measured = [
        f"| {' | '.join([prose(metric.title, 120), *claim_cells(metric)])} |"
        for metric in shown
        if metric.measured is not None
    ]
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


def _claim_sentence(metric: MetricResult) -> str:
    word, why = honesty(metric)
    lines = [f"**{prose(metric.title, 120)}: {word}.** {why[0].upper()}{why[1:]}"]
    if metric.state == "blocked":
        return lines[0]
    if metric.target is not None and metric.baseline is not None and metric.points < metric.max:
        lines.append(points_explained(metric))
    lines.append(fence(metric.message, limit=600, lines=10))
    if metric.hint and (metric.honest is False or metric.points < metric.max):
        lines.append(hint(metric.hint))
    return "\n\n".join(line for line in lines if line)


def hint(text: str) -> str:
    return f"💡 **Hint:** {prose(text, 800)}"


def leaks(found: list[LeakFinding], *, rows: int) -> str:
    """Return the columns that knew what they should not, and how much of each did."""
    if not found or not rows:
        return ""
    columns = leak_columns(found)
    cells = [columns, [":--", "--:", "--:", ":--"]]
    for leak in found[:rows]:
        moved = f"{leak.moved:,} of {leak.rows:,}"
        moment = cell(leak.moment, 40) if leak.moment else ""
        cells.append([cell(leak.column), moved, share(leak.moved, leak.rows), moment])
    lines = [f"| {' | '.join(row[: len(columns)])} |" for row in cells]
    more = f"\n\n_{count(len(found) - rows, 'more column')} not shown here._" if len(found) > rows else ""
    return "\n".join(lines) + more


def budgets(report: Report, *, rows: int) -> str:
    """Return what the submission costs beside the lab's own code on the same machine, and what is allowed."""
    if not report.budgets:
        return ""
    shown = report.budgets[:rows]
    header = [
        "| Budget | State | Measured | Limit | Reference | Ratio | Noise | At most |",
        "| :-- | :-- | --: | --: | --: | --: | --: | --: |",
    ]
    said = [_budget_sentence(budget) for budget in shown]
    more = len(report.budgets) - len(shown)
    lines = ["### Budgets", "\n".join([*header, *map(_budget_row, shown)]), *said]
    return "\n\n".join(line for line in [*lines, f"_{more} more not shown here._" if more else ""] if line)


def _budget_row(budget: BudgetResult) -> str:
    state, words = budget_state(budget)
    named = f" ({prose(budget.reference_name, 60)})" if budget.reference_name and budget.reference is not None else ""
    unit = prose(budget.unit, 20)
    cells = [
        prose(budget.title, 120),
        f"{ICONS[state]} {words}",
        quantity(budget.measured, unit),
        quantity(budget.limit, unit),
        quantity(budget.reference, unit) + named,
        ratio(budget.ratio),
        "" if budget.noise is None else share(budget.noise, 1.0),
        ratio(budget.at_most),
    ]
    return f"| {' | '.join(cells)} |"


def _budget_sentence(budget: BudgetResult) -> str:
    explained = budget_explained(budget)
    if not explained and not budget.message:
        return ""
    line = f"**{prose(budget.title, 120)}: {budget_state(budget)[1]}.** {explained}".strip()
    return "\n\n".join(part for part in [line, fence(budget.message, limit=600, lines=10)] if part)


def stages(training: TrainingResult) -> str:
    if not training.stages:
        return ""
    names = [f"{code(stage.name, 60)}{_became(stage)}" for stage in training.stages[:20]]
    more = f" and {len(training.stages) - 20} more" if len(training.stages) > 20 else ""
    return f"Stages: {', '.join(names)}{more}"


def _became(stage: StageResult) -> str:
    if stage.reused:
        return " (reused, nothing it reads has changed)"
    return "" if stage.ran else " (did not run)"


def runs(report: Report, *, rows: int) -> str:
    """Return the runs as the learner's training logged them, nested, as aligned plain text; the best one is marked."""
    logged = nested(report)
    if not logged or not rows:
        return ""
    best = judged(report)
    key = best.key if best else None
    cells = [_run_cells(one, key) for one in logged[:rows]]
    kept = filled(cells)
    whole = [["run", "status", "time", "parameters", "metrics", "course"], *cells]
    table = [[row[column] for column in kept] for row in whole]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    text = "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in table)
    first = "Runs that your training logged:"
    if best is not None and len(logged) > 1:
        first = f"Runs that your training logged; the best of {code(best.key, 60)} is {code(best.best.name, 60)}:"
    more = f"\n\n_{len(logged) - rows} more runs not shown here._" if len(logged) > rows else ""
    return f"{first}\n\n" + fence(text, limit=400 * (rows + 1), lines=rows + 1) + more


def _run_cells(listed: Listed, key: str | None) -> list[str]:
    run = listed.run
    params = [f"{one_line(key, 40)}={one_line(value, 40)}" for key, value in list(run.params.items())[:MAX_PAIRS]]
    metrics = [f"{one_line(key, 40)}={number(value)}" for key, value in list(run.metrics.items())[:MAX_PAIRS]]
    name = "  " * listed.depth + one_line(run.name or run.id, 40) + (" (best)" if listed.best else "")
    time = "" if run.seconds is None else duration(run.seconds)
    course = curve(run, key)
    drawn = f"{one_line(course[0], 30)} {sparkline(course[1], 16)}" if course else ""
    status = one_line(run.status, 20)
    return [name, status, time, one_line(" ".join(params), 120), one_line(" ".join(metrics), 120), drawn]
