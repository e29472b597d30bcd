"""The parts of the feedback comment, each a pure function from the report to Markdown.

Titles, hints and our own sentences go through `prose` or `html`; whatever learner code can choose
(messages, output, file names, runs) goes through `code` or `fence` and nowhere else.
"""

import re
from urllib.parse import quote

from msgspec import Struct

from pushmark_graders.report import tables
from pushmark_graders.report.model import Integrity, Location, Report, TrainingResult
from pushmark_graders.report.text import clean, code, fence, html, one_line, prose
from pushmark_graders.report.verdict import (
    ICONS,
    WORDS,
    Finding,
    amount,
    findings,
    headline,
    icon,
    next_step,
    training_broke,
    waits_for,
)

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
    passed: int = 200
    metrics: int = 20
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
    left = findings(report)
    return [
        f"## {icon(report)} {headline(report)}",
        _about(report),
        f"**Next step:** {prose(next_step(report), 600)}",
        tables.tasks(report, rows=detail.rows),
        training_open(report.training, detail) if report.training and training_broke(report) else "",
        _first(report, left[0], place, detail) if left else "",
        *_folded(report, left[1:], place, detail),
        tables.claims(report, rows=detail.metrics),
        training_folded(report.training, detail) if report.training and not training_broke(report) else "",
        _passed(report, detail),
        integrity(report.integrity, detail),
    ]


def _about(report: Report) -> str:
    facts = [f"**{prose(report.lab.title, 100)}**", f"attempt {report.attempt}"]
    if report.submission.commit:
        facts.append(f"commit {code(report.submission.commit[:10])}")
    lines = [" · ".join(facts)]
    if report.tier == "practice":
        lines.append("**Practice, not a grade.** Only the public checks ran; your course's own run decides the grade.")
    if report.message:
        lines.append(prose(report.message, 600))
    return "\n\n".join(lines)


def _first(report: Report, finding: Finding, place: Place, detail: Detail) -> str:
    check = finding.check
    lines = [
        f"### {ICONS[check.state]} Task {finding.task.number}, {WORDS[check.state]}: {prose(check.title, 200)}",
        *_body(report, finding, place, message=detail.message, output=detail.output),
    ]
    return "\n\n".join(lines)


def _folded(report: Report, left: list[Finding], place: Place, detail: Detail) -> list[str]:
    blocks = [_fold(report, finding, place, detail) for finding in left[: detail.folded]]
    rest = len(left) - len(blocks)
    if rest:
        blocks.append(f"_{rest} more check{'s' if rest > 1 else ''} did not pass and {_are(rest)} not shown here._")
    return blocks


def _are(count: int) -> str:
    return "are" if count > 1 else "is"


def _fold(report: Report, finding: Finding, place: Place, detail: Detail) -> str:
    check = finding.check
    title = f"{ICONS[check.state]} Task {finding.task.number}, {WORDS[check.state]}: {html(check.title, 200)}"
    body = _body(report, finding, place, message=detail.folded_message, output=detail.folded_output)
    return fold(title, body)


def fold(summary: str, body: list[str]) -> str:
    """Return a folded block; the blank lines around the body let GitHub read it as Markdown."""
    return "\n\n".join([f"<details>\n<summary>{summary}</summary>", *(part for part in body if part), "</details>"])


def _body(report: Report, finding: Finding, place: Place, *, message: int, output: int) -> list[str]:
    """What happened, where, and one hint. A hidden check has nothing here but its author's words (R6)."""
    check = finding.check
    parts: list[str] = []
    if check.hidden:
        parts.append("This check is hidden: it runs on data that only the grader has, so it shows no values.")
    elif check.location:
        parts.append(f"At {place.link(check.location)}")
    if check.state == "blocked":
        parts.append(_waiting(report, finding))
    if check.state == "ungraded":
        parts.append("Our side failed on this check; it is not held against you.")
    if not check.hidden:
        parts += [_captioned("", check.message, message), _captioned("Your code printed:", check.output, output)]
    if check.hint:
        parts.append(f"> **Hint:** {prose(check.hint, 800)}")
    return [part for part in parts if part]


def _waiting(report: Report, finding: Finding) -> str:
    titles = waits_for(report, finding.check)
    if not titles:
        return "" if finding.check.message else "It waits for an earlier check and was not run."
    shown = "\n".join(f"- {prose(title, 200)}" for title in titles[:MAX_WAITS])
    more = f"\n- and {len(titles) - MAX_WAITS} more" if len(titles) > MAX_WAITS else ""
    return f"Not run yet. It waits for:\n\n{shown}{more}"


def _captioned(caption: str, text: str, limit: int) -> str:
    block = fence(text, limit=limit, keep="tail" if caption else "ends") if limit else ""
    return f"{caption}\n\n{block}" if block and caption else block


def training_open(training: TrainingResult, detail: Detail) -> str:
    """Training that broke comes before the checks, for most of them wait for it."""
    word = "ran out of time" if training.state == "timeout" else "failed"
    parts = [f"### 💥 Training {word} after {amount(training.seconds)} s", tables.stages(training)]
    if detail.training_output:
        parts.append(fence(training.message, limit=1_500))
        parts.append(_captioned("The last it printed:", training.output, detail.training_output))
    return "\n\n".join(part for part in parts if part)


def training_folded(training: TrainingResult, detail: Detail) -> str:
    if training.state == "skipped":
        return fold("Training: not run", [fence(training.message, limit=600)]) if training.message else ""
    if training.state == "ungraded":
        return f"{ICONS['ungraded']} Training could not be run: our side failed, and it is not held against you."
    count = len(training.runs)
    logged = f"{count} run{'' if count == 1 else 's'} logged"
    summary = f"Training: completed in {amount(training.seconds)} s, {logged}"
    return fold(summary, [tables.stages(training), tables.runs(training.runs, rows=detail.runs)])


def _passed(report: Report, detail: Detail) -> str:
    titles = [(task, check) for task in report.tasks for check in task.checks if check.state == "passed"]
    if not titles or not detail.passed:
        return ""
    lines = [f"- {ICONS['passed']} Task {task.number}: {prose(check.title, 200)}" for task, check in titles]
    more = [f"- and {len(lines) - detail.passed} more"] if len(lines) > detail.passed else []
    return fold(f"{len(lines)} check{'s' if len(lines) > 1 else ''} passed", ["\n".join(lines[: detail.passed] + more)])


def integrity(found: Integrity, detail: Detail) -> str:
    """What the grader did with the submitted files. File names are learner text."""
    lists = [
        ("put back", "Files of the lab that your commit changed. They were put back before grading:", found.overlaid),
        ("ignored", "Files that the lab does not know. They were not used:", found.ignored),
    ]
    summary = [f"{len(names)} {word}" for word, _, names in lists if names]
    body = [f"{sentence}\n\n{_bullets(list(map(_name, names)), detail.files)}" for _, sentence, names in lists if names]
    if found.flags:
        summary.append(f"{len(found.flags)} to look at")
        flags = _bullets([prose(flag, 300) for flag in found.flags], detail.files)
        body.append(f"For a person to look at; this changes no score:\n\n{flags}")
    return fold(f"Files: {', '.join(summary)}", body if detail.files else []) if summary else ""


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
    seconds = amount(round(report.timing.total, 1))
    facts += [prose(f"sandbox {where.policy}{layers}"), prose(f"Python {where.python}"), f"{seconds} s"]
    return f"---\n\n<sub>{' · '.join(facts)}</sub>"
