"""Prints a report in a terminal: the same content as the comment, the verdict last.

The last lines are what a person sees beside the prompt, so the order is turned around: tasks, what
did not pass, claims, budgets, the trend, files, and then the verdict and the next step. Works without colour,
without a terminal and in ASCII. Learner text is printed as plain characters; rich markup in it is not
interpreted and control characters are written out.
"""

from rich.console import Console
from rich.text import Text

from pushmark_graders.report import terminal_measures as measures
from pushmark_graders.report.model import CheckResult, Integrity, Report, TrainingResult
from pushmark_graders.report.printing import Page
from pushmark_graders.report.standing import TIERS, standing
from pushmark_graders.report.text import clean, one_line, shorten
from pushmark_graders.report.verdict import (
    WORDS,
    Finding,
    attempt,
    findings,
    headline,
    metric_state,
    next_step,
    redact,
    something_left,
    task_state,
    training_broke,
    waits_for,
)
from pushmark_graders.report.words import amount, change, count, duration

MAX_FINDINGS = 20
MAX_NAMES = 20


def render(report: Report, console: Console) -> None:
    """Print the report to the console."""
    page = Page(console)
    report = redact(report)
    if report.status == "ungraded":
        _ungraded(report, page)
        return
    tier = "" if standing(report)[0] else f", {TIERS[report.tier]}"
    page.line(f"{report.lab.title}, {attempt(report)}{tier}", style="bold")
    _tasks(report, page)
    if report.training:
        _training(report.training, page, broke=training_broke(report))
        measures.runs(report, page)
    _findings(report, page)
    measures.claims(report, page)
    measures.budgets(report, page)
    measures.trend(report, page)
    measures.lineage_line(report, page)
    _integrity(report.integrity, page)
    _end(report, page)


def _ungraded(report: Report, page: Page) -> None:
    page.line("This attempt was not graded: our side failed, no attempt is lost.", style="bold cyan")
    page.line("This says nothing about your code. There is no score, and this attempt does not count.")
    if report.message:
        page.line()
        page.line(shorten(report.message, limit=2_000, lines=20), indent=4)
        page.line()
    page.line("Next step: you need not change anything. Ask for another run; if it fails again, tell your instructor.")
    page.line(_provenance(report), style="dim")


def _tasks(report: Report, page: Page) -> None:
    before = report.previous
    table = page.table("Task", "State", "Points", *(["Change"] if before else []))
    rows: list[tuple[str, Text, str, str]] = []
    for task in report.tasks:
        state = page.mark(*task_state(task))
        moved = change(task.points, before.tasks.get(task.number)) if before else ""
        rows.append((f"{task.number}. {one_line(task.title, 120)}", state, _of(task.points, task.max), moved))
    for metric in report.metrics:
        state = page.mark(*metric_state(metric))
        moved = change(metric.points, before.metrics.get(metric.name)) if before else ""
        rows.append((f"Measured: {one_line(metric.title, 120)}", state, _of(metric.points, metric.max), moved))
    for title, state, points, moved in rows:
        cells = [page.text(title), state, page.text(points), page.text(moved)]
        table.add_row(*cells[: len(table.columns)])
    page.show(table)


def _of(points: float, top: float) -> str:
    return f"{amount(points)} of {amount(top)}"


def _findings(report: Report, page: Page) -> None:
    left = findings(report)
    for finding in left[:MAX_FINDINGS]:
        _finding(report, finding, page)
    if len(left) > MAX_FINDINGS:
        page.line(f"{count(len(left) - MAX_FINDINGS, 'more check')} did not pass; the report file has the rest.")
        page.line()


def _finding(report: Report, finding: Finding, page: Page) -> None:
    check = finding.check
    title = f"Task {finding.task.number}, {WORDS[check.state]}: {one_line(check.title)}"
    page.show(page.mark(check.state, title))
    if check.hidden and check.state != "blocked":
        page.line("Hidden: it runs on data that only the grader has, so it shows no values.", "dim", indent=4)
    if check.state == "blocked":
        titles = [one_line(title) for title in waits_for(report, check)]
        page.line(f"Waits for: {'; '.join(titles)}" if titles else one_line(check.message), "dim", indent=4)
    else:
        _evidence(check, page)
    page.line()


def _evidence(check: CheckResult, page: Page) -> None:
    if check.state == "ungraded":
        page.line("Our side failed on this check; it is not held against you.", indent=4)
    if check.location:
        page.line(f"at {one_line(check.location.path)}:{check.location.line}", indent=4)
    if check.message:
        page.line(shorten(check.message, limit=4_000, lines=60), indent=4)
    measures.leaks(check.leaks, page)
    if check.output:
        page.line("Your code printed:", "dim", indent=4)
        page.line(shorten(check.output, limit=2_000, lines=20, keep="tail"), indent=6)
    if check.hint:
        page.line(f"Hint: {one_line(check.hint, 800)}", "bold", indent=4)


def _training(training: TrainingResult, page: Page, *, broke: bool) -> None:
    if training.state in {"skipped", "ungraded"}:
        why = "our side failed, and it is not held against you" if training.state == "ungraded" else "not run"
        page.line(f"Training: {why}. {one_line(training.message)}".strip(), "dim")
        page.line()
        return
    word = {"completed": "completed in", "failed": "failed after", "timeout": "ran out of time after"}[training.state]
    logged = count(len(training.runs), "run")
    page.line(f"Training: {word} {duration(training.seconds)}, {logged} logged", "red" if broke else "")
    if broke:
        page.line(shorten(training.message, limit=1_500), indent=4)
        page.line(shorten(training.output, limit=4_000, keep="tail"), indent=4)
    if broke or not training.runs:
        page.line()


def _integrity(found: Integrity, page: Page) -> None:
    parts = (
        ("Put back before grading (files of the lab that you changed)", found.overlaid),
        ("Not used (files that the lab does not know)", found.ignored),
        ("For a person to look at; this changes no score", found.flags),
    )
    for title, names in parts:
        if names:
            shown = ", ".join(one_line(name, 120) for name in names[:MAX_NAMES])
            more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
            page.line(f"{title}: {shown}{more}", "dim")


def _end(report: Report, page: Page) -> None:
    page.line(_provenance(report), "dim")
    page.line()
    if report.message:
        page.line(one_line(report.message, 600))
    page.show(page.mark("failed" if something_left(report) else "passed", headline(report)))
    if any(standing(report)):
        page.line(" ".join(standing(report)))
    page.line(f"Next step: {one_line(next_step(report), 600)}", "bold")


def _provenance(report: Report) -> str:
    where = report.environment
    layers = f" ({', '.join(where.layers)})" if where.layers else ""
    facts = [f"Pushmark {where.grader}", f"lab {report.lab.slug} {report.lab.version}"]
    facts += [f"commit {report.submission.commit[:10]}"] if report.submission.commit else []
    facts += [f"data {where.data_hash[:16]}"] if where.data_hash else []
    facts += [f"sandbox {where.policy}{layers}", f"Python {where.python}", duration(report.timing.total)]
    return clean(" | ".join(facts)).replace("\n", " ")
