"""What a report measured, in a terminal: claims, budgets, leaks, the trend, the search, the lineage."""

from rich.text import Text

from pushmark_graders.report.intervals import drawn
from pushmark_graders.report.lineage import Link, lineage
from pushmark_graders.report.model import BudgetResult, LeakFinding, MetricResult, Report
from pushmark_graders.report.plotting import sparkline
from pushmark_graders.report.printing import Page
from pushmark_graders.report.runs import Listed, curve, filled, judged, nested
from pushmark_graders.report.text import one_line, shorten
from pushmark_graders.report.trend import trends
from pushmark_graders.report.verdict import budget_explained, budget_state, claim_cells, honesty, leak_columns
from pushmark_graders.report.words import count, duration, number, quantity, ratio, share

MOST_LEAKS = 10
MOST_RUNS = 10
MOST_SERIES = 4


def claims(report: Report, page: Page) -> None:
    measured = [metric for metric in report.metrics if metric.measured is not None]
    if measured:
        page.line("Claims against measurements", style="bold")
        table = page.table("Metric", "Your claim", "Measured (95 %)", "Reference", "Gap", "Allowed")
        for metric in measured:
            table.add_row(*map(page.text, [one_line(metric.title, 120), *claim_cells(metric)]))
        page.show(table)
    for metric in report.metrics:
        word, why = honesty(metric)
        style = "red" if metric.honest is False else ""
        page.line(f"{one_line(metric.title, 120)}: {word}. {why[0].upper()}{why[1:]}", style)
        _interval(metric, page)
        if metric.message:
            page.line(shorten(metric.message, limit=600, lines=10), indent=4)
        if metric.hint and metric.state != "blocked" and (metric.honest is False or metric.points < metric.max):
            page.line(f"Hint: {one_line(metric.hint, 800)}", "bold", indent=4)
    if report.metrics:
        page.line()


def _interval(metric: MetricResult, page: Page) -> None:
    """A picture of what the table says; a terminal that has no such characters, or no room, goes without."""
    if not page.draws or page.console.width < 80:
        return
    for name, line, says in drawn(metric):
        page.show(Text.assemble("    ", (f"{name:10}", "dim"), "  ", line, "  ", says))


def leaks(found: list[LeakFinding], page: Page) -> None:
    if not found:
        return
    columns = leak_columns(found)
    table = page.table(*columns)
    for leak in found[:MOST_LEAKS]:
        moved = f"{leak.moved:,} of {leak.rows:,}"
        cells = [one_line(leak.column, 60), moved, share(leak.moved, leak.rows), one_line(leak.moment, 30)]
        table.add_row(*map(page.text, cells[: len(columns)]))
    page.show(table)
    if len(found) > MOST_LEAKS:
        page.line(f"{count(len(found) - MOST_LEAKS, 'more column')} in the report file.", "dim", indent=4)


def budgets(report: Report, page: Page) -> None:
    if not report.budgets:
        return
    page.line("Budgets", style="bold")
    table = page.table("Budget", "State", "Measured", "Limit", "Reference", "Ratio", "Noise", "At most")
    for budget in report.budgets:
        table.add_row(page.text(one_line(budget.title, 120)), page.mark(*budget_state(budget)), *_costs(budget, page))
    page.show(table)
    for budget in report.budgets:
        explained = budget_explained(budget)
        if explained or budget.message:
            page.line(f"{one_line(budget.title, 120)}: {budget_state(budget)[1]}. {explained}".strip())
        if budget.message:
            page.line(shorten(budget.message, limit=600, lines=10), indent=4)
    page.line()


def _costs(budget: BudgetResult, page: Page) -> list[Text]:
    unit = one_line(budget.unit, 20)
    costs = [quantity(value, unit) for value in (budget.measured, budget.limit, budget.reference)]
    noise = "" if budget.noise is None else share(budget.noise, 1.0)
    return [page.text(cell) for cell in [*costs, ratio(budget.ratio), noise, ratio(budget.at_most)]]


def trend(report: Report, page: Page) -> None:
    series = trends(report)[:MOST_SERIES]
    if not series:
        return
    page.line(f"Trend over {len(series[0].values)} attempts", style="bold")
    for one in series:
        picture = f"{sparkline(one.values)} " if page.draws else ""
        page.line(f"{one_line(one.title, 80)}: {picture}{one.says()}", indent=4)
    page.line()


def lineage_line(report: Report, page: Page) -> None:
    links = lineage(report)
    if len(links) > 1:
        page.line(f"Lineage: {(' → ' if page.draws else ' > ').join(map(_link, links))}", "dim")
        page.line()


def _link(link: Link) -> str:
    name = one_line(link.name, 60)
    if link.kind == "stage":
        return f"{name} ({link.says})" if link.says else name
    if link.kind in {"data", "run"}:
        return f"{link.kind} {name}" if name else link.says
    return f"{name}: {link.says}" if name else link.says


def runs(report: Report, page: Page) -> None:
    """The search as it was logged: nested, the best run marked, with the course of a metric where there is one."""
    logged = nested(report)
    if not logged or report.training is None or report.training.state != "completed":
        return
    best = judged(report)
    key = best.key if best else next((name for one in logged for name in one.run.metrics), "")
    rows = [_run(one, key, page) for one in logged[:MOST_RUNS]]
    columns = ["Run", "Status", "Time", one_line(key, 30) or "Metric", "Course"]
    kept = filled(rows)
    table = page.table(*(columns[column] for column in kept))
    for row in rows:
        table.add_row(*(page.text(row[column]) for column in kept))
    page.show(table)
    if len(logged) > MOST_RUNS:
        found = (
            f"; the best {one_line(key, 30)} is {number(best.value)}, of {one_line(best.best.name, 40)}" if best else ""
        )
        page.line(f"{count(len(logged) - MOST_RUNS, 'more run')} in the report file{found}.", "dim")
    page.line()


def _run(listed: Listed, key: str, page: Page) -> list[str]:
    run = listed.run
    name = "  " * listed.depth + one_line(run.name or run.id, 40) + (" (best)" if listed.best else "")
    time = "" if run.seconds is None else duration(run.seconds)
    course = curve(run, key)
    drawn_course = ""
    if course is not None:
        picture = f" {sparkline(course[1], 16)}" if page.draws else ""
        drawn_course = f"{one_line(course[0], 30)}{picture} {number(course[1][0])} to {number(course[1][-1])}"
    value = number(run.metrics[key]) if key in run.metrics else ""
    return [name, one_line(run.status, 20), time, value, drawn_course]
