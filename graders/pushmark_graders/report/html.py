"""Writes a report as a page of its own: one file that needs no network and no script.

The same content as the comment, with room for all of it: nothing is folded, so that it prints as it is read. Light or
dark as the reader's system is, and always light on paper. The same report always gives the same bytes.
"""

from pushmark_graders.report import html_measures as measures
from pushmark_graders.report.html_measures import section, state, table
from pushmark_graders.report.markup import Markup, block, document, element, join, literal, sentence, style
from pushmark_graders.report.model import CheckResult, Integrity, Report, TaskResult, TrainingResult
from pushmark_graders.report.standing import TIERS, standing
from pushmark_graders.report.text import one_line
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

MOST_FINDINGS = 100
MOST_NAMES = 200


def render(report: Report) -> str:
    """Return the whole page."""
    title = f"{report.lab.title}: {headline(report) if report.status == 'graded' else 'not graded'}"
    return document(title, style("pushmark_graders.report", "report.css"), body(report))


def body(report: Report) -> Markup:
    """Return the page without its head."""
    report = redact(report)
    parts = _ungraded(report) if report.status == "ungraded" else _graded(report)
    return element("main", Markup("\n"), join([part for part in parts if part], "\n"), Markup("\n"))


def _ungraded(report: Report) -> list[Markup]:
    calm = "This says nothing about your code. There is no score, and this attempt does not count."
    step = "You need not change anything. Ask for another run; if it fails again, tell your instructor."
    return [
        element("h1", report.lab.title),
        element("p", "This attempt was not graded: our side failed, no attempt is lost.", class_="verdict ungraded"),
        element("p", calm),
        section("what", "What happened", block(report.message, limit=4_000) or element("p", "No reason was recorded.")),
        element("p", element("strong", "Next step: "), step, class_="step"),
        _provenance(report),
    ]


def _graded(report: Report) -> list[Markup]:
    return [
        _top(report),
        section("tasks", "Tasks", _tasks(report)),
        _training_broke(report.training) if report.training and training_broke(report) else Markup(),
        _findings(report),
        measures.claims(report),
        measures.budgets(report),
        measures.trend(report),
        measures.training(report) if report.training and not training_broke(report) else Markup(),
        _passed(report),
        _integrity(report.integrity),
        _provenance(report),
    ]


def _top(report: Report) -> Markup:
    facts = [attempt(report), TIERS[report.tier]]
    commit = [" · commit ", literal(report.submission.commit[:10])] if report.submission.commit else []
    kind = "left" if something_left(report) else "passed"
    words, says = standing(report)
    parts = [
        element("h1", report.lab.title),
        element("p", headline(report), class_=f"verdict {kind}"),
        element("p", " · ".join(facts), *commit, class_="facts"),
        element("p", element("strong", words), f" {says}", class_="standing") if words else Markup(),
        element("p", sentence(report.message)) if report.message else Markup(),
        element("p", element("strong", "Next step: "), sentence(next_step(report)), class_="step"),
    ]
    return element("header", join(parts, "\n"))


def _tasks(report: Report) -> Markup:
    before = report.previous
    rows: list[list[Markup]] = []
    for task in report.tasks:
        moved = change(task.points, before.tasks.get(task.number)) if before else ""
        title = join([f"{task.number}. ", sentence(task.title, 200)])
        rows.append([title, state(*task_state(task)), *_points(task.points, task.max, moved)])
    for metric in report.metrics:
        moved = change(metric.points, before.metrics.get(metric.name)) if before else ""
        title = join(["Measured: ", sentence(metric.title, 200)])
        rows.append([title, state(*metric_state(metric)), *_points(metric.points, metric.max, moved)])
    moved = change(report.score.points, before.points if before else None)
    rows.append([element("strong", "Sum"), Markup(), *_points(report.score.points, report.score.max, moved)])
    columns = ["Task", "State", "Points", "Change"]
    width = len(columns) if before else len(columns) - 1
    return table("Points of each task", columns[:width], [row[:width] for row in rows], numbers={2, 3})


def _points(points: float, top: float, moved: str) -> list[Markup]:
    return [join([f"{amount(points)} of {amount(top)}"]), join([moved])]


def _findings(report: Report) -> Markup:
    left = findings(report)
    if not left:
        return Markup()
    shown = [_finding(report, finding) for finding in left[:MOST_FINDINGS]]
    if len(left) > MOST_FINDINGS:
        rest = count(len(left) - MOST_FINDINGS, "more check")
        shown.append(element("p", f"{rest} did not pass; the report file has the rest."))
    return section("left", "What did not pass", join(shown, "\n"))


def _finding(report: Report, finding: Finding) -> Markup:
    check = finding.check
    title = element("h3", f"Task {finding.task.number}: ", sentence(check.title, 300))
    said = _waiting(report, check) if check.state == "blocked" else _evidence(check)
    return element("article", title, element("p", state(check.state, WORDS[check.state])), *said, class_=check.state)


def _waiting(report: Report, check: CheckResult) -> list[Markup]:
    titles = waits_for(report, check)
    if titles:
        return [element("p", "Waits for: ", sentence("; ".join(titles), 1_000))]
    return [element("p", literal(check.message, 300))] if check.message and not check.hidden else []


def _evidence(check: CheckResult) -> list[Markup]:
    parts: list[Markup] = []
    if check.hidden:
        says = "This check is hidden: it runs on data that only the grader has, so it shows no values."
        parts.append(element("p", says))
    if check.state == "ungraded":
        parts.append(element("p", "Our side failed on this check; it is not held against you."))
    if check.location:
        parts.append(element("p", "At ", literal(f"{check.location.path}:{check.location.line}", 200)))
    parts += [block(check.message, limit=6_000, lines=100), measures.leaks(check)]
    if check.output:
        parts += [element("p", "Your code printed:"), block(check.output, limit=4_000, keep="tail")]
    if check.hint:
        parts.append(element("p", element("strong", "Hint: "), sentence(check.hint, 800), class_="hint"))
    return [part for part in parts if part]


def _training_broke(training: TrainingResult) -> Markup:
    word = "ran out of time" if training.state == "timeout" else "failed"
    return section(
        "training",
        f"Training {word} after {duration(training.seconds)}",
        block(training.message, limit=2_000),
        element("p", "The last it printed:") if training.output else Markup(),
        block(training.output, limit=8_000, lines=120, keep="tail"),
    )


def _passed(report: Report) -> Markup:
    def line(task: TaskResult, check: CheckResult) -> Markup:
        return element("li", f"Task {task.number}: ", sentence(check.title, 300))

    lines = [line(task, check) for task in report.tasks for check in task.checks if check.state == "passed"]
    return section("passed", f"{count(len(lines), 'check')} passed", element("ul", *lines)) if lines else Markup()


def _integrity(found: Integrity) -> Markup:
    """What the grader did with the submitted files. Names of files are learner text, and so may be parts of flags."""
    lists = [
        ("Files of the lab that your commit changed. They were put back before grading:", found.overlaid),
        ("Files that the lab does not know. They were not used:", found.ignored),
    ]
    parts = [_listed(says, [literal(name, 300) for name in names]) for says, names in lists if names]
    if found.flags:
        flags = [join([one_line(flag, 300)]) for flag in found.flags]
        parts.append(_listed("For a person to look at; this changes no score:", flags))
    heading = "Files" if any(names for _, names in lists) else "To look at"
    return section("files", heading, *parts) if parts else Markup()


def _listed(says: str, names: list[Markup]) -> Markup:
    more = [element("li", f"and {len(names) - MOST_NAMES} more")] if len(names) > MOST_NAMES else []
    return join([element("p", says), element("ul", *(element("li", name) for name in names[:MOST_NAMES]), *more)])


def _provenance(report: Report) -> Markup:
    where = report.environment
    layers = f" ({', '.join(where.layers)})" if where.layers else ""
    facts = [f"Pushmark {where.grader}", f"lab {report.lab.slug} {report.lab.version}"]
    facts += [f"commit {one_line(report.submission.commit, 64)}"] if report.submission.commit else []
    facts += [f"data {where.data_hash}"] if where.data_hash else []
    facts += [f"sandbox {where.policy}{layers}", f"Python {where.python}", duration(report.timing.total)]
    shown = join([element("li", fact) for fact in facts])
    return element("footer", element("h2", "Where this comes from"), element("ul", shown))
