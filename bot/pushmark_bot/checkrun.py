"""The check run of a report: a verdict on the commit, and remarks on the learner's own lines.

GitHub shows at most 50 remarks of one request; those are the first of the report, and the summary says
how many there were. A hidden check never points to a line. Remarks are plain text to GitHub, so learner
text needs cleaning there, and no escaping.
"""

import hashlib
from pathlib import PurePosixPath

import msgspec
from pushmark_graders.report.model import CheckResult, Report, TaskResult
from pushmark_graders.report.standing import standing
from pushmark_graders.report.text import one_line, shorten
from pushmark_graders.report.verdict import findings, headline, redact, task_state, training_broke
from pushmark_graders.report.words import amount

from pushmark_bot.course.shown import NO_REMARKS, Remarks
from pushmark_bot.github import Annotation, CheckRunDraft, Conclusion

MOST_ANNOTATIONS = 50
LONGEST_TITLE = 120
LONGEST_MESSAGE = 2_000
NOT_GRADED = "Not graded: our side failed, no attempt is lost"


def draft(report: Report, sha: str, remarks: Remarks = NO_REMARKS) -> CheckRunDraft:
    """Return the check run for a report at a commit, with what counts of it. The same gives the same `external_id`."""
    report = redact(report)
    found = _remarks(report)
    shown = tuple(found[:MOST_ANNOTATIONS])
    verdict = conclusion(report)
    counts = f"; {remarks.brief}" if remarks.brief else ""
    title = NOT_GRADED if report.status == "ungraded" else one_line(headline(report) + counts, LONGEST_TITLE)
    summary = "\n\n".join([_summary(report, title, len(found)), *remarks.lines])
    content = msgspec.json.encode([sha, verdict, title, summary, shown])
    return CheckRunDraft(
        name=f"pushmark/{report.lab.slug}",
        sha=sha,
        external_id=f"pushmark:{report.lab.slug}:{hashlib.sha256(content).hexdigest()[:24]}",
        conclusion=verdict,
        title=title,
        summary=summary,
        annotations=shown,
    )


def conclusion(report: Report) -> Conclusion:
    """Return GitHub's word for the report: `neutral` says that we do not know, and is nobody's failure."""
    if report.status == "ungraded":
        return "neutral"
    states = {finding.check.state for finding in findings(report)}
    states |= {metric.state for metric in report.metrics if metric.state != "passed"}
    overclaimed = any(metric.honest is False for metric in report.metrics)
    if states - {"ungraded"} or overclaimed or training_broke(report):
        return "failure"
    return "neutral" if states else "success"


def annotations_digest(draft: CheckRunDraft) -> str:
    """Return a short name for the annotations of a draft, to see whether GitHub has them already."""
    return hashlib.sha256(msgspec.json.encode(draft.annotations)).hexdigest()[:24]


def _remarks(report: Report) -> list[Annotation]:
    found = [_remark(task, check) for task in report.tasks for check in task.checks]
    return [remark for remark in found if remark is not None]


def _remark(task: TaskResult, check: CheckResult) -> Annotation | None:
    """Return what a check has to say about a line of the learner's, if anything."""
    where = check.location
    if check.hidden or check.state not in ("failed", "error") or where is None or not _is_inside(where.path):
        return None
    said = shorten(check.message, limit=LONGEST_MESSAGE) or "This check did not pass."
    hint = f"\n\nHint: {one_line(check.hint)}" if check.hint else ""
    return Annotation(
        path=where.path,
        line=max(1, where.line),
        level="failure",
        title=f"Task {task.number}: {one_line(check.title, LONGEST_TITLE)}",
        message=said + hint,
    )


def _is_inside(path: str) -> bool:
    """Whether a path can be a file of the repository."""
    parts = PurePosixPath(path).parts
    printable = path.isprintable() and len(path) < 1000
    return bool(parts) and printable and not path.startswith("/") and ".." not in parts


def _summary(report: Report, title: str, remarks: int) -> str:
    """Return a few lines without a word of anybody's text; the comment says the rest."""
    if report.status == "ungraded":
        return "Something on the grading side broke. Nothing is wrong with the submission; it will be graded again."
    lines = [
        f"- Task {task.number}: {amount(task.points)} of {amount(task.max)} points, {task_state(task)[1]}"
        for task in report.tasks
    ]
    more = f"{MOST_ANNOTATIONS} of {remarks} remarks are on the lines; " if remarks > MOST_ANNOTATIONS else ""
    rest = f"{more}the comment on the pull request says more."
    tier = " ".join(standing(report))
    return "\n".join([f"**{title}**", "", *lines, "", f"{rest[0].upper()}{rest[1:]} {tier}".strip()])
