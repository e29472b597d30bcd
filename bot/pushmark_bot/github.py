"""The bot's only door to GitHub: a small port, and PyGithub behind it.

What the user sees of it is what happens when GitHub has a bad minute: it waits as long as GitHub asks
for, within a limit, tries again, and never writes a second comment because the answer to the first one
got lost. What cannot be mended by waiting becomes a `GitHubError` that says what to do.

PyGithub's own retries are switched off. They would send a POST again without looking (a second comment),
would not retry the PATCH that edits one, and have no limit on `Retry-After`; here one policy serves all.
"""

import contextlib
import email.utils
import functools
import itertools
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, Protocol, TypeVar

import msgspec
from github import Auth, Github, GithubException
from github.CheckRun import CheckRun as LibraryCheckRun
from github.GithubApp import GithubApp
from github.IssueComment import IssueComment as LibraryComment
from github.NamedUser import NamedUser
from github.Organization import Organization
from github.Repository import Repository
from pushmark_graders.errors import COULD_NOT_GRADE, ExitCode, PushmarkError

API_VERSION = "2022-11-28"
PAGE = 100
UNNAMED_LIMIT_WAIT = 60.0
"""GitHub's documentation: without a Retry-After header, wait at least one minute."""

T = TypeVar("T")
Conclusion = Literal["success", "failure", "neutral"]
Level = Literal["failure", "warning", "notice"]


class PullRequest(msgspec.Struct, frozen=True):
    """Where to publish: OWNER/NAME and the number of the pull request."""

    repo: str
    number: int


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment on a pull request as GitHub holds it."""

    id: int
    author: str
    body: str


class Annotation(msgspec.Struct, frozen=True, kw_only=True):
    """A remark on one line of a file."""

    path: str
    line: int
    level: Level
    title: str
    message: str


class CheckRunDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A check run as it should be."""

    name: str
    sha: str
    external_id: str
    conclusion: Conclusion
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()


class CheckRun(msgspec.Struct, frozen=True, kw_only=True):
    """A check run as GitHub holds it; `app` is the slug of the app that wrote it."""

    id: int
    app: str
    external_id: str


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How hard to try, in seconds. The pauses keep to GitHub's advice; a local server needs none."""

    retries: int = 4
    first_wait: float = 1.0
    longest_wait: float = 120.0
    between_requests: float = 0.25
    between_writes: float = 1.0


class GitHubError(PushmarkError):
    """GitHub refused, or could not be reached. `status` is its HTTP status, 0 when there was none."""

    exit_code: ExitCode = COULD_NOT_GRADE

    def __init__(self, what: str, next_step: str, status: int = 0) -> None:
        super().__init__(what, next_step)
        self.status = status


class GitHub(Protocol):
    """What publishing needs of GitHub. `calls` counts the requests sent so far."""

    calls: int

    def comments(self, pull: PullRequest) -> Iterator[Comment]:
        """Yield the comments of a pull request, oldest first, a page at a time."""

    def create_comment(self, pull: PullRequest, body: str, mine: Callable[[Comment], bool]) -> Comment:
        """Write a comment once; `mine` recognises it should the answer get lost."""

    def edit_comment(self, repo: str, comment_id: int, body: str) -> None:
        """Replace the body of a comment."""

    def check_runs(self, repo: str, sha: str, name: str) -> Iterator[CheckRun]:
        """Yield the check runs of this name at a commit, newest first."""

    def create_check_run(self, repo: str, draft: CheckRunDraft, mine: Callable[[CheckRun], bool]) -> CheckRun:
        """Write a check run once; `mine` recognises it should the answer get lost."""

    def edit_check_run(self, repo: str, check_run_id: int, draft: CheckRunDraft) -> None:
        """Bring a check run up to date, all but its annotations."""


class PyGithubPort:
    """The port over PyGithub with lazy objects: one request for each thing asked, and no more."""

    def __init__(
        self,
        *,
        token: str,
        api_url: str,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.calls = 0
        self._patience = patience or Patience()
        self._sleep = sleep
        if not re.match(r"https?://[^/]", api_url):
            raise PushmarkError(f"{api_url!r} is no web address.", "Set GITHUB_API_URL to one, or unset it.")
        self._library = Github(
            auth=Auth.Token(token),
            base_url=api_url.rstrip("/"),
            api_version=API_VERSION,
            user_agent="pushmark-bot",
            per_page=PAGE,
            timeout=30,
            lazy=True,
            retry=None,
            seconds_between_requests=self._patience.between_requests,
            seconds_between_writes=self._patience.between_writes,
        )

    def close(self) -> None:
        """Hang up."""
        self._library.close()

    def comments(self, pull: PullRequest) -> Iterator[Comment]:
        """Yield the comments of a pull request, oldest first, a page at a time."""
        listed = self._repository(pull.repo).get_issue(pull.number).get_comments()
        doing = f"read the comments of {pull.repo} pull request {pull.number}"
        return map(_comment, self._pages(listed.get_page, doing))

    def create_comment(self, pull: PullRequest, body: str, mine: Callable[[Comment], bool]) -> Comment:
        """Write a comment once; `mine` recognises it should the answer get lost."""
        issue = self._repository(pull.repo).get_issue(pull.number)
        return self._attempt(
            lambda: _comment(issue.create_comment(body)),
            f"comment on {pull.repo} pull request {pull.number}",
            written=lambda: next(filter(mine, self.comments(pull)), None),
        )

    def edit_comment(self, repo: str, comment_id: int, body: str) -> None:
        """Replace the body of a comment."""
        url = f"{self._repository(repo).url}/issues/comments/{comment_id}"
        comment = LibraryComment(self._library.requester, {}, {"url": url}, completed=False)
        self._attempt(lambda: comment.edit(body), f"edit comment {comment_id} of {repo}")

    def check_runs(self, repo: str, sha: str, name: str) -> Iterator[CheckRun]:
        """Yield the check runs of this name at a commit, newest first."""
        listed = self._repository(repo).get_commit(sha).get_check_runs(check_name=name, filter="all")
        return map(_check_run, self._pages(listed.get_page, f"read the check runs of {repo} at {sha[:12]}"))

    def create_check_run(self, repo: str, draft: CheckRunDraft, mine: Callable[[CheckRun], bool]) -> CheckRun:
        """Write a check run once; `mine` recognises it should the answer get lost."""

        def send() -> CheckRun:
            run = self._repository(repo).create_check_run(
                name=draft.name,
                head_sha=draft.sha,
                external_id=draft.external_id,
                status="completed",
                conclusion=draft.conclusion,
                output=_output(draft),
            )
            return _check_run(run)

        return self._attempt(
            send,
            f"write a check run on {repo} at {draft.sha[:12]}",
            written=lambda: next(filter(mine, self.check_runs(repo, draft.sha, draft.name)), None),
        )

    def edit_check_run(self, repo: str, check_run_id: int, draft: CheckRunDraft) -> None:
        """Bring a check run up to date, all but its annotations.

        GitHub adds the annotations of an edit to those it has. Sent again after a lost answer, they would
        stand there twice, so that an edit carries none.
        """
        run = self._repository(repo).get_check_run(check_run_id)
        self._attempt(
            lambda: run.edit(
                external_id=draft.external_id,
                status="completed",
                conclusion=draft.conclusion,
                output={"title": draft.title, "summary": draft.summary},
            ),
            f"edit check run {check_run_id} of {repo}",
        )

    def _repository(self, repo: str) -> Repository:
        return self._library.get_repo(repo)

    def _pages(self, get: Callable[[int], list[T]], doing: str) -> Iterator[T]:
        for number in itertools.count():
            items = self._attempt(functools.partial(get, number), doing)
            yield from items
            if len(items) < PAGE:
                return

    def _attempt(self, send: Callable[[], T], doing: str, written: Callable[[], T | None] | None = None) -> T:
        """Send until it is done. After an answer that leaves it open, look for what may be `written`."""
        for attempt in itertools.count():
            self.calls += 1
            try:
                return send()
            except AssertionError as pinned:
                # PyGithub asserts that every address in an answer is on the host it was given.
                step = "Set GITHUB_API_URL to the address that the server gives in its answers."
                raise GitHubError(f"Could not {doing}: the answer points to another host.", step) from pinned
            except (GithubException, OSError) as trouble:  # requests' exceptions are OSErrors
                failure = _failure(trouble)
                self._sleep(self._wait(failure, attempt, doing))
            if written is not None and failure.open and (found := written()) is not None:
                return found
        raise AssertionError("an endless loop ended")

    def _wait(self, failure: "_Failure", attempt: int, doing: str) -> float:
        """Return how long to wait before the next try; raise when there is none."""
        wait = failure.wait
        if wait is None:
            raise _refused(failure, doing)
        wait = max(wait, self._patience.first_wait * 2.0**attempt)
        if wait > self._patience.longest_wait:
            what = f"Could not {doing}: GitHub asks to wait {wait:.0f} seconds, longer than the limit of "
            step = f"Run this again in {wait / 60:.0f} minutes, or raise --max-wait."
            raise GitHubError(f"{what}{self._patience.longest_wait:.0f}.", step, failure.status)
        if attempt >= self._patience.retries:
            what = f"Could not {doing}: {failure.message} ({attempt + 1} tries)."
            raise GitHubError(what, "See https://www.githubstatus.com and run this again.", failure.status)
        return wait


class _Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A request that failed. `wait`: seconds before the next try, None when trying again is no use;
    `open`: the request may have taken effect all the same."""

    status: int
    message: str
    wait: float | None
    open: bool


def _failure(trouble: GithubException | OSError) -> _Failure:
    if not isinstance(trouble, GithubException):
        return _Failure(status=0, message=f"no answer ({type(trouble).__name__})", wait=0, open=True)
    headers = {name.lower(): value for name, value in (trouble.headers or {}).items()}
    message = _message(trouble)
    if trouble.status >= 500:
        asked = _retry_after(headers) or 0.0
        return _Failure(status=trouble.status, message=message, wait=asked, open=True)
    limited = trouble.status == 429 or (trouble.status == 403 and _is_limit(message, headers))
    wait = _limit_wait(headers) if limited else None
    return _Failure(status=trouble.status, message=message, wait=wait, open=False)


def _message(trouble: GithubException) -> str:
    """GitHub's own words, short and on one line."""
    data = trouble.data
    said = data.get("message") if isinstance(data, dict) else None
    words = " ".join(re.sub(r"[^\x20-\x7e]+", " ", str(said or trouble.message or "no reason given")).split())
    return f"GitHub answered {trouble.status}: {words[:300]}"


def _is_limit(message: str, headers: Mapping[str, str]) -> bool:
    spent = headers.get("x-ratelimit-remaining") == "0"
    return spent or "retry-after" in headers or "rate limit" in message.lower()


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, which may be a number or a date."""
    given = headers.get("retry-after", "")
    if given.isdigit():
        return float(given)
    with contextlib.suppress(ValueError):
        return max(0.0, email.utils.parsedate_to_datetime(given).timestamp() - time.time())
    return None


def _limit_wait(headers: Mapping[str, str]) -> float:
    asked = _retry_after(headers)
    if asked is not None:
        return asked
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(0.0, float(reset) - time.time()) + 1  # the header counts whole seconds
    return UNNAMED_LIMIT_WAIT


def _refused(failure: _Failure, doing: str) -> GitHubError:
    """Say what a refusal means here, and what mends it."""
    if "via a GitHub App" in failure.message:
        step = "Only apps write check runs: use a workflow's GITHUB_TOKEN, or pass --no-check."
    else:
        step = {
            401: "Check that GITHUB_TOKEN is whole and has not expired.",
            403: "Give the job `pull-requests: write` and `checks: write`. A pull request from a fork has a "
            "read-only token: publish from a workflow_run job.",
            404: "Check --repo and --pr, and that the token may read the repository.",
            422: "Check that the commit is pushed (--sha) and the report is of this version.",
        }.get(failure.status, "Check GITHUB_API_URL and the token, and run this again.")
    return GitHubError(f"Could not {doing}: {failure.message}.", step, failure.status)


def _comment(comment: LibraryComment) -> Comment:
    author: NamedUser | Organization | None = comment.user  # None once the account is deleted
    return Comment(id=comment.id, author=author.login if author else "", body=comment.body or "")


def _check_run(run: LibraryCheckRun) -> CheckRun:
    app: GithubApp | None = run.app  # GitHub's description allows for none
    return CheckRun(id=run.id, app=(app.slug or "") if app else "", external_id=run.external_id or "")


def _output(draft: CheckRunDraft) -> dict[str, str | list[dict[str, str | int]]]:
    annotations: list[dict[str, str | int]] = [
        {
            "path": one.path,
            "start_line": one.line,
            "end_line": one.line,
            "annotation_level": one.level,
            "title": one.title,
            "message": one.message,
        }
        for one in draft.annotations
    ]
    output: dict[str, str | list[dict[str, str | int]]] = {"title": draft.title, "summary": draft.summary}
    return output | {"annotations": annotations} if annotations else output
