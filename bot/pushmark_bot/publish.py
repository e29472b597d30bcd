"""Publishes a report on a pull request: one comment per lab, edited in place, and one check run.

First it looks, unless it remembers; then `plan` decides, which is a pure function; then `_apply` acts.
Doing it twice changes nothing more, and an attempt cut short anywhere is completed by the next one: the
comment is written first, and a comment that needs no change is the sign to look for the check run.
"""

import hashlib
from typing import Literal, Protocol

import msgspec
from msgspec.structs import replace
from pushmark_graders.report.model import Report

from pushmark_bot import checkrun, comment, held
from pushmark_bot.comment import Scores
from pushmark_bot.course.shown import NO_REMARKS, Remarks
from pushmark_bot.github import CheckRun, CheckRunDraft, Comment, GitHub, GitHubError, PullRequest
from pushmark_bot.memory import Published

ACTIONS_BOT = "github-actions[bot]"
"""The login that a workflow's GITHUB_TOKEN comments as."""

Action = Literal["created", "edited", "unchanged"]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where and as whom to publish. `sha` is the commit that was graded."""

    pull: PullRequest
    sha: str
    author: str = ACTIONS_BOT
    api_url: str = "https://api.github.com"
    web_url: str = "https://github.com"
    check: bool = True

    def key(self, slug: str) -> str:
        """The name under which this lab's publication is remembered."""
        where = f"{self.api_url.rstrip('/')} {self.pull.repo}#{self.pull.number} {slug} {self.author}"
        return where.lower()


class Render(Protocol):
    """What turns a report into the text of the comment."""

    def __call__(self, report: Report, *, repository_url: str, commit: str) -> str:
        """Return GitHub Markdown."""


class Memory(Protocol):
    """Whatever keeps what was published last."""

    def recall(self, key: str) -> Published | None:
        """Return what was published under this key."""

    def keep(self, key: str, published: Published) -> None:
        """Write down what now stands on GitHub, at once: the next step may fail."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is known before acting. `text` is the comment's body, unless only its digest is remembered."""

    comment: int = 0
    text: str = ""
    scores: Scores = Scores()
    remembered: Published | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do. `look` says that the check run may be there already, from an attempt cut short."""

    body: str
    scores: Scores
    comment: Action
    check: Action | Literal["none"]
    draft: CheckRunDraft
    look: bool = False


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, and with how many requests."""

    comment: Action
    comment_url: str
    check: Action | Literal["none"]
    conclusion: str
    calls: int


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a report: as it is, with `remarks` on what counts of it, or that it is held back."""

    remarks: Remarks = NO_REMARKS
    held_back: bool = False


AS_IT_IS = Page()


def publish(
    report: Report, target: Target, github: GitHub, render: Render, memory: Memory, page: Page = AS_IT_IS
) -> Outcome:
    """Bring the pull request up to date with the report.

    Raises `GitHubError` when GitHub refuses or cannot be reached.
    """
    slug = report.lab.slug
    comment.marker(slug)  # refuses a report that names no lab before anything is asked
    before = github.calls
    job = _Job(slug=slug, target=target, github=github, memory=memory)
    known = memory.recall(target.key(slug))
    seen = Seen(comment=known.comment, scores=known.scores, remembered=known) if known else _look(job)
    try:
        outcome = _apply(plan(report, target, seen, render, page), seen, job)
    except GitHubError as error:
        if known is None or error.status not in (404, 410):
            raise
        # What we remember has been deleted since. Look at what there is, and begin again.
        seen = replace(_look(job), scores=known.scores, remembered=known)
        outcome = _apply(plan(report, target, seen, render, page), seen, job)
    return replace(outcome, calls=github.calls - before)


def plan(report: Report, target: Target, seen: Seen, render: Render, page: Page = AS_IT_IS) -> Plan:
    """Decide what to do about a report, given what is known of the pull request.

    Of a result that is held back the comment remembers no score, and of those before it none either.
    """
    slug = report.lab.slug
    if page.held_back:
        scores, draft = seen.scores, held.draft(report, target.sha)
        body = comment.compose(slug, Scores(), held.render(report))
    else:
        scores = seen.scores.after(report, target.sha)
        shown = scores.complete(report)
        repository_url = f"{target.web_url.rstrip('/')}/{target.pull.repo}"
        rendered = render(shown, repository_url=repository_url, commit=target.sha)
        body = comment.compose(slug, scores, comment.remarked(rendered, page.remarks.lines))
        draft = checkrun.draft(shown, target.sha, page.remarks)
    known = seen.remembered
    if not seen.comment:
        action: Action = "created"
    else:
        same = comment.same_text(body, seen.text) if known is None or seen.text else known.body == _digest(body)
        action = "unchanged" if same else "edited"
    check = _check_action(draft, known) if target.check else "none"
    look = check == "created" and (action == "unchanged" or (known is not None and _was_begun(known, draft)))
    return Plan(body=body, scores=scores, comment=action, check=check, draft=draft, look=look)


def _check_action(draft: CheckRunDraft, known: Published | None) -> Action:
    """Decide about the check run. One whose annotations differ is superseded, as GitHub has no way to
    take annotations back; GitHub shows the newest of a name."""
    if known is None or not known.check_run or known.sha != draft.sha:
        return "created"
    if known.external_id == draft.external_id:
        return "unchanged"
    return "edited" if known.annotations == checkrun.annotations_digest(draft) else "created"


def _was_begun(known: Published, draft: CheckRunDraft) -> bool:
    """Whether a check run of this commit was about to be written when we heard of ourselves last."""
    return not known.check_run and known.sha == draft.sha


class _Job(msgspec.Struct, frozen=True, kw_only=True):
    """The lab and the pull request at hand, and the means to act on them."""

    slug: str
    target: Target
    github: GitHub
    memory: Memory

    def is_ours(self, one: Comment) -> bool:
        """Whether a comment is this lab's own."""
        return comment.is_ours(self.slug, self.target.author, one.author, one.body)


def _look(job: _Job) -> Seen:
    """Find our comment; pages are read only until it is met."""
    found = next(filter(job.is_ours, job.github.comments(job.target.pull)), None)
    if found is None:
        return Seen()
    return Seen(comment=found.id, text=found.body, scores=comment.read_scores(found.body))


def _apply(steps: Plan, seen: Seen, job: _Job) -> Outcome:
    """Write what the plan says, and note each step as soon as it is done."""
    target = job.target
    number = _write_comment(steps, seen, job)
    known = seen.remembered or Published(comment=number, body="")
    known = replace(known, comment=number, body=_digest(steps.body), scores=steps.scores)
    annotations = checkrun.annotations_digest(steps.draft)
    wanted = replace(known, sha=target.sha, external_id=steps.draft.external_id, annotations=annotations)
    job.memory.keep(target.key(job.slug), replace(wanted, check_run=0) if steps.check == "created" else known)
    check = steps.check
    if check != "none":
        check, run = _write_check(steps, known, job)
        job.memory.keep(target.key(job.slug), replace(wanted, check_run=run))
    page = f"{target.web_url.rstrip('/')}/{target.pull.repo}/pull/{target.pull.number}"
    return Outcome(
        comment=steps.comment,
        comment_url=f"{page}#issuecomment-{number}",
        check=check,
        conclusion=steps.draft.conclusion,
        calls=0,
    )


def _write_comment(steps: Plan, seen: Seen, job: _Job) -> int:
    if steps.comment == "edited":
        job.github.edit_comment(job.target.pull.repo, seen.comment, steps.body)
    if steps.comment != "created":
        return seen.comment
    written = job.github.create_comment(job.target.pull, steps.body, job.is_ours)
    if written.author.lower() != job.target.author.lower():
        what = f"The comment was written as {written.author}, not as {job.target.author}: it will not be found again."
        raise GitHubError(what, f"Pass --author '{written.author}' from now on.")
    return written.id


def _write_check(steps: Plan, known: Published, job: _Job) -> tuple[Action, int]:
    draft, repo = steps.draft, job.target.pull.repo

    def is_ours(run: CheckRun) -> bool:
        return f"{run.app}[bot]".lower() == job.target.author.lower()

    def mine(run: CheckRun) -> bool:
        return run.external_id == draft.external_id and is_ours(run)

    def begun(run: CheckRun) -> bool:
        return run.external_id in (draft.external_id, known.external_id) and is_ours(run)

    if steps.check == "unchanged":
        return "unchanged", known.check_run
    if steps.check == "edited":
        job.github.edit_check_run(repo, known.check_run, draft)
        return "edited", known.check_run
    if steps.look:
        there = next(filter(begun, job.github.check_runs(repo, draft.sha, draft.name)), None)
        if there is not None and there.external_id == draft.external_id:
            return "unchanged", there.id
        if there is not None and known.annotations == checkrun.annotations_digest(draft):
            job.github.edit_check_run(repo, there.id, draft)
            return "edited", there.id
    return "created", job.github.create_check_run(repo, draft, mine).id


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
