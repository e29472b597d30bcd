"""Writes a report as the comment that a learner reads on the pull request.

From the top: verdict, score and change; the next step; a table of tasks; the first failure open and
the rest folded; claims against measurements; budgets; the trend; training; files; where the numbers come from. A report
that our side failed to produce looks different on purpose: no score, no table, no red.

The comment always fits: while it is too long, the next entry of `DROP_ORDER` is applied, and a line
at the end names what was cut.
"""

from msgspec import Struct
from msgspec.structs import replace

from pushmark_graders.report import sections
from pushmark_graders.report.model import Report
from pushmark_graders.report.sections import Detail, Place
from pushmark_graders.report.verdict import headline, icon, redact

COMMENT_LIMIT = 60_000
"""GitHub refuses a comment of more than 65,536 characters; the bot adds its marker to ours."""

SUMMARY_LIMIT = 250_000
"""A step summary holds 1 MiB of UTF-8, at most four bytes a character."""

MINIMUM = 2_000
"""The verdict and the note fit into this, whatever the report holds."""


class Cut(Struct, frozen=True):
    """One step of shortening: what the reader is told, and the amounts of detail that change."""

    says: str
    amounts: dict[str, int]


DROP_ORDER: tuple[Cut, ...] = (
    Cut("what your code printed in folded checks", {"folded_output": 0}),
    Cut("charts", {"charts": 0}),
    Cut("the list of runs", {"runs": 5}),
    Cut("file names", {"files": 5}),
    Cut("the list of passed checks", {"passed": 0}),
    Cut("the trend before the last 5 attempts", {"trend": 5}),
    Cut("leaking columns after the first 5 of each check", {"leaks": 5}),
    Cut("long messages of folded checks", {"folded_message": 600}),
    Cut("folded checks after the first 30", {"folded": 30, "blocked": 30}),
    Cut("the rest of what training printed", {"training_output": 1_500}),
    Cut("all but the first lines of messages", {"message": 1_000, "folded_message": 300, "output": 500}),
    Cut("file names and runs", {"files": 0, "runs": 0}),
    Cut("folded checks after the first 8", {"folded": 8, "blocked": 8}),
    Cut("every folded check", {"folded": 0, "blocked": 0}),
    Cut("the trend", {"trend": 0}),
    Cut("task rows after the first 30", {"rows": 30}),
    Cut("every message", {"message": 0, "output": 0, "training_output": 0, "leaks": 0}),
    Cut("claims and budgets after the first 3", {"metrics": 3, "budgets": 3}),
)
"""What goes first when a comment is too long. The verdict, the next step, the task table, the first
failure with its hint, the claims and the budgets are the last to go."""


def render(report: Report, *, repository_url: str = "", commit: str = "", limit: int = COMMENT_LIMIT) -> str:
    """Return the report as GitHub Markdown of at most `limit` characters (UTF-16 units, as a browser counts).

    `repository_url` and `commit` (by default the submission's) turn locations into links. The same
    report always gives the same text. Raises ValueError when `limit` is under `MINIMUM`.
    """
    if limit < MINIMUM:
        raise ValueError(f"a comment needs room for at least {MINIMUM} characters, not {limit}")
    report = redact(report)
    place = Place(repository_url, commit or report.submission.commit)
    detail = Detail()
    cut: list[str] = []
    text = _compose(report, place, detail, cut)
    for step in DROP_ORDER:
        if size(text) <= limit:
            return text
        detail = replace(detail, **step.amounts)
        shorter = _compose(report, place, detail, [*cut, step.says])
        if size(shorter) < size(text):
            cut.append(step.says)
            text = shorter
    return text if size(text) <= limit else _verdict_alone(report)


def render_summary(report: Report, *, repository_url: str = "", commit: str = "") -> str:
    """Return the report for a GitHub Actions step summary, which has more room than a comment."""
    return render(report, repository_url=repository_url, commit=commit, limit=SUMMARY_LIMIT)


def size(text: str) -> int:
    """Count UTF-16 units: the most that any of GitHub's counters makes of a text."""
    return len(text) + sum(character > "\uffff" for character in text)


def _compose(report: Report, place: Place, detail: Detail, cut: list[str]) -> str:
    parts = sections.ungraded(report) if report.status == "ungraded" else sections.graded(report, place, detail)
    parts = [*parts, _note(cut), sections.provenance(report)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _note(cut: list[str]) -> str:
    if not cut:
        return ""
    return f"_To fit into one comment, this was left out: {'; '.join(cut)}. The report file has it all._"


def _verdict_alone(report: Report) -> str:
    if report.status == "ungraded":
        return f"{sections.UNGRADED}\n"
    first_line = f"## {icon(report)} {headline(report)}"
    return f"{first_line}\n\n_The rest did not fit into one comment. The report file has it all._\n"
