"""What a learner sees of a result that is held back: that it is there, and what public checks said, without a score."""

import hashlib

import msgspec
from msgspec.structs import replace
from pushmark_graders.grading.scoring import withhold
from pushmark_graders.report.model import CheckResult, Report, TaskResult
from pushmark_graders.report.sections import Detail, provenance, training_open
from pushmark_graders.report.tables import hint
from pushmark_graders.report.text import code, fence, fold, html, prose
from pushmark_graders.report.verdict import ICONS, WORDS, attempt, redact, training_broke

from pushmark_bot import checkrun
from pushmark_bot.github import CheckRunDraft

TITLE = "Graded; the result is held back"
WHY = (
    "Staff release results later. Until then there is no score here, and nothing about hidden checks and measurements; "
    "`pushmark check` on your own machine says as much about the public ones."
)
MOST_FAILURES = 30


def public(report: Report) -> Report:
    """The report without hidden checks, measurements, points and earlier attempts."""
    left = redact(withhold(report))
    hidden = {check.id for task in left.tasks for check in task.checks if check.hidden}
    tasks = [_public_task(task) for task in left.tasks]
    return replace(
        left,
        tasks=[task for task in tasks if task.checks],
        metrics=[],
        budgets=[one for one in left.budgets if one.check not in hidden],
        score=replace(left.score, points=0.0, max=0.0),
        previous=None,
        history=[],
    )


def render(report: Report) -> str:
    """The comment's text."""
    shown = public(report)
    facts = [f"**{prose(shown.lab.title, 100)}**", attempt(shown)]
    facts += [f"commit {code(shown.submission.commit[:10])}"] if shown.submission.commit else []
    broke = shown.training is not None and training_broke(shown)
    left = [(task, check) for task in shown.tasks for check in task.checks if check.state != "passed"]
    parts = [
        f"## {TITLE}",
        " · ".join(facts),
        WHY,
        _table(shown.tasks),
        training_open(shown.training, Detail()) if shown.training is not None and broke else "",
        *[_failure(task, check) for task, check in left[:MOST_FAILURES]],
        provenance(shown),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def draft(report: Report, sha: str) -> CheckRunDraft:
    """The check run: no verdict, and remarks of public checks on the learner's lines."""
    shown = checkrun.draft(public(report), sha)
    content = msgspec.json.encode([sha, TITLE, WHY, shown.annotations])
    return replace(
        shown,
        external_id=f"pushmark:{report.lab.slug}:{hashlib.sha256(content).hexdigest()[:24]}",
        conclusion="neutral",
        title=TITLE,
        summary=f"**{TITLE}**\n\n{WHY}",
    )


def _public_task(task: TaskResult) -> TaskResult:
    checks = [replace(check, points=0.0, max=0.0) for check in task.checks if not check.hidden]
    return replace(task, points=0.0, max=0.0, checks=checks)


def _table(tasks: list[TaskResult]) -> str:
    rows = [
        f"| {task.number}. {prose(task.title, 100).replace('|', '')} | "
        f"{sum(check.state == 'passed' for check in task.checks)} of {len(task.checks)} |"
        for task in tasks
    ]
    return "\n".join(["| Task | Public checks that passed |", "| :-- | --: |", *rows]) if rows else ""


def _failure(task: TaskResult, check: CheckResult) -> str:
    title = f"{ICONS[check.state]} Task {task.number}, {WORDS[check.state]}: {html(check.title, 200)}"
    return fold(title, [fence(check.message, limit=1_000), hint(check.hint) if check.hint else ""])
