"""The parts of the feedback comment, each a pure function from the report to Markdown.

Titles, hints and our own sentences go through `prose` or `html`; whatever learner code can choose
(messages, output, file names, runs) goes through `code` or `fence` and nowhere else.
"""

import re
from urllib.parse import quote

from msgspec import Struct

from pushmark_graders.report import figures, tables
from pushmark_graders.report.model import CheckResult, Integrity, Location, Report, TrainingResult
from pushmark_graders.report.standing import TIERS, standing
from pushmark_graders.report.text import clean, code, fence, fold, html, one_line, prose
from pushmark_graders.report.verdict import (
    ICONS,
    WORDS,
    Finding,
    attempt,
    findings,
    headline,
    icon,
    next_step,
    training_broke,
    waits_for,
)
from pushmark_graders.report.words import count, duration

UNGRADED = "## This attempt was not graded: our side failed, no attempt is lost"
MAX_WAITS = 5

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_REPOSITORY_URL = re.compile(r"https?://[A-Za-z0-9.:-]+(/[A-Za-z0-9._-]+)+")


class Detail(Struct, frozen=True):
    """How much of each part is shown: characters of text, or entries of a list."""

    message: int = 4_000
    output: int = 3_000
    folded: int = 100
    folded_message: int = 2_000
    folded_output: int = 1_000
    blocked: int = 100
    passed: int = 200
    leaks: int = 20
    metrics: int = 20
    charts: int = 3
    budgets: int = 20
    trend: int = 20
    rows: int = 100
    training_output: int = 6_000
    runs: int = 30
    files: int = 30


class Place(Struct, frozen=True):
    """Where the submission's files can be read."""

    repository_url: str
    commit: str

    def link(self, location: Location) -> str:
        """Return `path:line`, linked when it is a plain path in a known repository and commit."""
        label = code(f"{location.path}:{location.line}", limit=160)
        plain = clean(location.path) == location.path and not location.path.startswith("/")
        steps = location.path.split("/")
        if not plain or not {"", ".", ".."}.isdisjoint(steps) or "\\" in location.path or location.line < 1:
            return label
        url = self.repository_url.removesuffix("/").removesuffix(".git")
        if not _REPOSITORY_URL.fullmatch(url) or not _COMMIT.fullmatch(self.commit):
            return label
        return f"[{label}]({url}/blob/{self.commit}/{quote(location.path)}#L{location.line})"


def ungraded(report: Report) -> list[str]:
    """Our side failed: nothing here looks like a mark."""
    return [
        UNGRADED,
        "> [!NOTE]\n"
        "> This says nothing about your code. Pushmark could not finish its own work, so there is no score, "
        "and this attempt does not count.",
        "**What happened**\n\n" + (fence(report.message, limit=2_000, lines=20) or "No reason was recorded."),
        "**Next step:** you need not change anything. Ask for another run; if it happens twice, show this comment "
        "to your instructor.",
    ]


def graded(report: Report, place: Place, detail: Detail) -> list[str]:
    return [
        f"## {icon(report)} {headline(report)}",
        _about(report),
        f"**Next step:** {prose(next_step(report), 600)}",
        tables.tasks(report, rows=detail.rows),
        training_open(report.training, detail) if report.training and training_broke(report) else "",
        *_findings(report, place, detail),
        tables.claims(report, rows=detail.metrics),
        figures.claim_charts(report, charts=detail.charts),
        tables.budgets(report, rows=detail.budgets),
        figures.trend(report, rows=detail.trend, charts=detail.charts),
        figures.lineage_line(report),
        training_folded(report, report.training, detail) if report.training and not training_broke(report) else "",
        _passed(report, detail),
        integrity(report.integrity, detail),
    ]


def _about(report: Report) -> str:
    words, sentence = standing(report)
    facts = [f"**{prose(report.lab.title, 100)}**", attempt(report), *([] if words else [TIERS[report.tier]])]
    if report.submission.commit:
        facts.append(f"commit {code(report.submission.commit[:10])}")
    lines = [" · ".join(facts)]
    if words:
        lines.append(f"**{words}** {sentence}")
    if report.message:
        lines.append(prose(report.message, 600))
    return "\n\n".join(lines)


def _findings(report: Report, place: Place, detail: Detail) -> list[str]:
    """The first failure open, the others folded one by one, and what waits for them in one list."""
    left = findings(report)
    own = [finding for finding in left if finding.check.state != "blocked"]
    blocks = [_first(own[0], place, detail)] if own else []
    blocks += [_fold(finding, place, detail) for finding in own[1 : 1 + detail.folded]]
    if len(own) > 1 + detail.folded:
        rest = count(len(own) - 1 - detail.folded, "more check")
        blocks.append(f"_{rest} did not pass; the report file has the rest._")
    return [*blocks, _blocked(report, [finding for finding in left if finding.check.state == "blocked"], detail)]


def _first(finding: Finding, place: Place, detail: Detail) -> str:
    check = finding.check
    title = f"### {ICONS[check.state]} Task {finding.task.number}, {WORDS[check.state]}: {prose(check.title, 200)}"
    return "\n\n".join([title, *_body(check, place, detail.leaks, message=detail.message, output=detail.output)])


def _fold(finding: Finding, place: Place, detail: Detail) -> str:
    check = finding.check
    title = f"{ICONS[check.state]} Task {finding.task.number}, {WORDS[check.state]}: {html(check.title, 200)}"
    body = _body(check, place, detail.leaks, message=detail.folded_message, output=detail.folded_output)
    return fold(title, body)


def _blocked(report: Report, waiting: list[Finding], detail: Detail) -> str:
    if not waiting:
        return ""
    lines = [_waiting(report, finding) for finding in waiting]
    title = f"{ICONS['blocked']} {count(len(waiting), 'check')} not run yet: blocked"
    return fold(title, [_bullets(lines, detail.blocked)] if detail.blocked else [])


def _waiting(report: Report, finding: Finding) -> str:
    check = finding.check
    line = f"Task {finding.task.number}: {prose(check.title, 200)}"
    titles = waits_for(report, check)
    more = [f"{len(titles) - MAX_WAITS} more"] if len(titles) > MAX_WAITS else []
    shown = [f"_{prose(title, 200)}_" for title in titles[:MAX_WAITS]] + more
    if shown:
        return f"{line}<br>Waits for: {'; '.join(shown)}"
    reason = "" if check.hidden else check.message
    return f"{line}<br>{code(reason, 200)}" if reason else line


def _body(check: CheckResult, place: Place, leaks: int, *, message: int, output: int) -> list[str]:
    """What happened, where, and one hint. A hidden check has nothing here but its author's words (R6)."""
    parts: list[str] = []
    if check.hidden:
        parts.append("This check is hidden: it runs on data that only the grader has, so it shows no values.")
    elif check.location:
        parts.append(f"At {place.link(check.location)}")
    if check.state == "ungraded":
        parts.append("Our side failed on this check; it is not held against you.")
    if not check.hidden:
        parts += [_captioned("", check.message, message), tables.leaks(check.leaks, rows=leaks)]
        parts.append(_captioned("Your code printed:", check.output, output))
    if check.hint:
        parts.append(tables.hint(check.hint))
    return [part for part in parts if part]


def _captioned(caption: str, text: str, limit: int) -> str:
    block = fence(text, limit=limit, keep="tail" if caption else "ends") if limit else ""
    return f"{caption}\n\n{block}" if block and caption else block


def training_open(training: TrainingResult, detail: Detail) -> str:
    """Training that broke comes before the checks, for most of them wait for it."""
    word = "ran out of time" if training.state == "timeout" else "failed"
    parts = [f"### {ICONS['error']} Training {word} after {duration(training.seconds)}", tables.stages(training)]
    if detail.training_output:
        parts.append(fence(training.message, limit=1_500))
        parts.append(_captioned("The last it printed:", training.output, detail.training_output))
    return "\n\n".join(part for part in parts if part)


def training_folded(report: Report, training: TrainingResult, detail: Detail) -> str:
    if training.state == "skipped":
        return fold("Training: not run", [fence(training.message, limit=600)]) if training.message else ""
    if training.state == "ungraded":
        return f"{ICONS['ungraded']} Training could not be run: our side failed, and it is not held against you."
    logged = count(len(training.runs), "run")
    summary = f"Training: completed in {duration(training.seconds)}, {logged} logged"
    return fold(summary, [tables.stages(training), tables.runs(report, rows=detail.runs)])


def _passed(report: Report, detail: Detail) -> str:
    titles = [(task, check) for task in report.tasks for check in task.checks if check.state == "passed"]
    if not titles or not detail.passed:
        return ""
    lines = [f"Task {task.number}: {prose(check.title, 200)}" for task, check in titles]
    return fold(f"{ICONS['passed']} {count(len(lines), 'check')} passed", [_bullets(lines, detail.passed)])


def integrity(found: Integrity, detail: Detail) -> str:
    """What the grader did with the submitted files. File names are learner text."""
    lists = [
        ("put back", "Files of the lab that your commit changed. They were put back before grading:", found.overlaid),
        ("ignored", "Files that the lab does not know. They were not used:", found.ignored),
    ]
    files = ", ".join(f"{len(names)} {word}" for word, _, names in lists if names)
    summary = [f"Files: {files}"] if files else []
    body = [f"{sentence}\n\n{_bullets(list(map(_name, names)), detail.files)}" for _, sentence, names in lists if names]
    if found.flags:
        summary.append(f"{count(len(found.flags), 'remark')} for a person")
        flags = _bullets([prose(flag, 300) for flag in found.flags], detail.files)
        body.append(f"For a person to look at; this changes no score:\n\n{flags}")
    return fold(" · ".join(summary), body if detail.files else []) if summary else ""


def _name(path: str) -> str:
    return code(path, 200)


def _bullets(entries: list[str], count: int) -> str:
    more = [f"and {len(entries) - count} more"] if len(entries) > count else []
    return "\n".join(f"- {entry}" for entry in entries[:count] + more)


def provenance(report: Report) -> str:
    """What produced this report, so that a person can reproduce it."""
    where = report.environment
    layers = f" ({one_line(', '.join(where.layers), 200)})" if where.layers else ""
    facts = [prose(f"Pushmark {where.grader}"), prose(f"lab {report.lab.slug} {report.lab.version}", 120)]
    if report.submission.commit:
        facts.append(f"commit {code(report.submission.commit[:10])}")
    if where.data_hash:
        facts.append(f"data {code(where.data_hash[:16])}")
    facts += [prose(f"sandbox {where.policy}{layers}"), prose(f"Python {where.python}"), duration(report.timing.total)]
    return f"---\n\n<sub>{' · '.join(facts)}</sub>"
