"""The parts of the page that hold numbers: claims, leaks, budgets, the trend, the training and its lineage."""

from pushmark_graders.report import svg
from pushmark_graders.report.lineage import Link, lineage
from pushmark_graders.report.markup import Markup, block, element, join, literal, sentence
from pushmark_graders.report.model import BudgetResult, CheckResult, MetricResult, Report, RunSummary
from pushmark_graders.report.runs import Listed, curve, filled, judged, nested
from pushmark_graders.report.text import one_line
from pushmark_graders.report.trend import attempts, trends
from pushmark_graders.report.verdict import (
    MARKS,
    Shown,
    budget_explained,
    budget_state,
    claim_cells,
    honesty,
    leak_columns,
    points_explained,
)
from pushmark_graders.report.words import amount, count, duration, number, quantity, ratio, share

MOST_LEAKS = 100
MOST_RUNS = 100
MOST_SERIES = 4
MOST_PAIRS = 12


def section(name: str, title: str, *parts: Markup) -> Markup:
    return element("section", element("h2", title), *parts, id=name)


def state(shown: Shown, words: str) -> Markup:
    """Return a state in words; the mark before it says nothing more."""
    return element("span", element("span", MARKS[shown], aria_hidden="true"), f" {words}", class_=f"state {shown}")


def table(says: str, columns: list[str], rows: list[list[Markup]], numbers: set[int]) -> Markup:
    """Return a table that scrolls sideways where it must; the first cell of a row is its header."""
    kinds = ["number" if index in numbers else None for index in range(len(columns))]
    head = [element("th", name, scope="col", class_=kind) for name, kind in zip(columns, kinds, strict=True)]
    lines = [
        element(
            "tr", element("th", row[0], scope="row"), *(_cell(*pair) for pair in zip(row[1:], kinds[1:], strict=True))
        )
        for row in rows
    ]
    inner = element("table", element("thead", element("tr", *head)), element("tbody", join(lines, "\n")))
    return element("div", inner, class_="wide", role="region", aria_label=says, tabindex="0")


def _cell(content: Markup, kind: str | None) -> Markup:
    return element("td", content, class_=kind)


def claims(report: Report) -> Markup:
    if not report.metrics:
        return Markup()
    measured = [metric for metric in report.metrics if metric.measured is not None]
    rows = [[sentence(metric.title, 200), *(join([one]) for one in claim_cells(metric))] for metric in measured]
    columns = ["Metric", "Your claim", "Measured (95 % interval)", "Reference", "Gap", "Allowed gap"]
    shown = table("Claims and measurements", columns, rows, numbers=set(range(1, 6))) if rows else Markup()
    parts = [_claim(metric, f"claim-{index}") for index, metric in enumerate(report.metrics, 1)]
    return section("claims", "Claims against measurements", shown, *parts)


def _claim(metric: MetricResult, name: str) -> Markup:
    word, why = honesty(metric)
    parts = [element("p", element("strong", sentence(metric.title, 200), f": {word}. "), f"{why[0].upper()}{why[1:]}")]
    chart = svg.claim(metric, name)
    if chart:
        parts.append(element("figure", chart))
    if metric.state != "blocked":
        if metric.target is not None and metric.baseline is not None and metric.points < metric.max:
            parts.append(element("p", points_explained(metric)))
        parts.append(block(metric.message, limit=1_000, lines=20))
        if metric.hint and (metric.honest is False or metric.points < metric.max):
            parts.append(element("p", element("strong", "Hint: "), sentence(metric.hint, 800), class_="hint"))
    return element("div", *parts, class_="claim")


def leaks(check: CheckResult) -> Markup:
    found = check.leaks
    if not found:
        return Markup()
    columns = leak_columns(found)
    rows = [
        [
            literal(leak.column, 120),
            join([f"{leak.moved:,} of {leak.rows:,}"]),
            join([share(leak.moved, leak.rows)]),
            literal(leak.moment, 40) if leak.moment else Markup(),
        ][: len(columns)]
        for leak in found[:MOST_LEAKS]
    ]
    shown = table("Columns that knew what they should not", columns, rows, numbers={1, 2})
    rest = f"{count(len(found) - MOST_LEAKS, 'more column')} in the report file."
    return join([shown, element("p", rest)]) if len(found) > MOST_LEAKS else shown


def budgets(report: Report) -> Markup:
    if not report.budgets:
        return Markup()
    columns = ["Budget", "State", "Measured", "Limit", "Reference", "Ratio", "At most", "Cost and bound"]
    rows = [_budget_row(budget, f"budget-{index}") for index, budget in enumerate(report.budgets, 1)]
    shown = table("Budgets", columns, rows, numbers=set(range(2, 7)))
    return section("budgets", "Budgets", shown, *(_budget(budget) for budget in report.budgets))


def _budget_row(budget: BudgetResult, name: str) -> list[Markup]:
    unit = budget.unit
    named = budget.reference_name if budget.reference is not None else ""
    shown, words = budget_state(budget)
    return [
        sentence(budget.title, 200),
        state(shown, words),
        join([quantity(budget.measured, unit)]),
        join([quantity(budget.limit, unit)]),
        join([quantity(budget.reference, unit), element("small", f" {named}") if named else ""]),
        join([ratio(budget.ratio), element("small", f"± {share(budget.noise, 1.0)} noise") if budget.noise else ""]),
        join([ratio(budget.at_most)]),
        element("span", svg.budget(budget, name), class_=f"cost {shown}"),
    ]


def _budget(budget: BudgetResult) -> Markup:
    explained = budget_explained(budget)
    if not explained and not budget.message:
        return Markup()
    title = element("strong", sentence(budget.title, 200), f": {budget_state(budget)[1]}.")
    return join([element("p", title, f" {explained}"), block(budget.message, limit=1_000, lines=20)])


def trend(report: Report) -> Markup:
    series = trends(report)[:MOST_SERIES]
    if not series:
        return Markup()
    figures = [
        element(
            "figure", element("figcaption", sentence(one.title, 100), f": {one.says()}"), svg.trend(one, f"trend-{i}")
        )
        for i, one in enumerate(series, 1)
    ]
    known = [dict(zip(one.attempts, one.values, strict=True)) for one in series[1:]]
    rows = [
        [
            join([str(past.attempt)]),
            literal(past.commit[:10]) if past.commit else Markup(),
            join([f"{amount(past.points)} of {amount(past.max)}"]),
            *(join([number(values[past.attempt]) if past.attempt in values else ""]) for values in known),
        ]
        for past in attempts(report)
    ]
    columns = ["Attempt", "Commit", "Points", *(one_line(one.title, 100) for one in series[1:])]
    shown = table("Every attempt", columns, rows, numbers=set(range(2, len(columns))))
    title = f"Trend over {len(series[0].values)} attempts"
    return section("trend", title, element("div", *figures, class_="figures"), shown)


def training(report: Report) -> Markup:
    """How the numbers came about: the chain from the data to the measurement, and what the training logged."""
    trained = report.training
    if trained is None or (trained.state == "skipped" and not trained.message):
        return Markup()
    if trained.state != "completed":
        why = "Training: not run" if trained.state == "skipped" else "Training could not be run: our side failed"
        return section("training", why, block(trained.message, limit=1_000))
    title = f"Training: completed in {duration(trained.seconds)}, {count(len(trained.runs), 'run')} logged"
    links = lineage(report)
    chain = element("ol", *map(_link, links), class_="lineage") if len(links) > 1 else Markup()
    return section("training", title, chain, _runs(report))


def _link(link: Link) -> Markup:
    plain = not link.learner and link.kind != "data"
    name = Markup() if not link.name else sentence(link.name, 100) if plain else literal(link.name, 60)
    parts = [element("span", link.kind, class_="kind"), name, element("span", link.says) if link.says else ""]
    return element("li", join([part for part in parts if part], " "), class_=link.kind)


def _runs(report: Report) -> Markup:
    logged = nested(report)
    if not logged:
        return Markup()
    best = judged(report)
    key = best.key if best else next((name for one in logged for name in one.run.metrics), "")
    columns = ["Run", "Status", "Time", one_line(key, 40) or "Metric", "Course", "Parameters", "Logged besides"]
    rows = [_run_row(one, key, f"run-{index}") for index, one in enumerate(logged[:MOST_RUNS], 1)]
    kept = filled(rows)
    numbers = {place for place, column in enumerate(kept) if column in {2, 3}}
    shown = [
        table(
            "Runs that the training logged",
            [columns[column] for column in kept],
            [[row[column] for column in kept] for row in rows],
            numbers,
        )
    ]
    if len(logged) > MOST_RUNS:
        found = f"; the best is {one_line(best.best.name, 60)} with {number(best.value)}" if best else ""
        shown.append(element("p", f"{count(len(logged) - MOST_RUNS, 'more run')} in the report file{found}."))
    return join(shown)


def _run_row(listed: Listed, key: str, name: str) -> list[Markup]:
    run = listed.run
    best = element("strong", "best", class_="best") if listed.best else ""
    course = curve(run, key)
    drawn = Markup()
    if course is not None:
        ends = f" {number(course[1][0])} to {number(course[1][-1])}"
        drawn = join([svg.course(course[1], name, one_line(course[0], 60)), " ", literal(course[0], 40), ends])
    params = " ".join(
        f"{one_line(one, 40)}={one_line(value, 60)}" for one, value in list(run.params.items())[:MOST_PAIRS]
    )
    return [
        element("span", literal(run.name or run.id, 60), best, class_=f"deep-{listed.depth}"),
        literal(run.status, 20),
        join(["" if run.seconds is None else duration(run.seconds)]),
        join([number(run.metrics[key]) if key in run.metrics else ""]),
        drawn,
        literal(params, 300) if params else Markup(),
        _besides(run, key),
    ]


def _besides(run: RunSummary, key: str) -> Markup:
    others = [f"{name}={number(value)}" for name, value in run.metrics.items() if name != key][:MOST_PAIRS]
    facts = [" ".join(others)] if others else []
    facts += [f"data {', '.join(run.datasets[:3])}"] if run.datasets else []
    facts += [f"commit {run.commit[:10]}"] if run.commit else []
    facts += [f"model {model.path}: {_signed(model.signature, model.input_example)}" for model in run.models[:3]]
    return join([literal(fact, 200) for fact in facts], " ")


def _signed(signature: bool, example: bool) -> str:
    return f"{'a' if signature else 'no'} signature, {'an' if example else 'no'} input example"
