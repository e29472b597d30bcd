"""The port over PyGithub."""

import functools
import itertools
import re
import time
from collections.abc import Callable, Iterator
from typing import IO, Any, TypeVar

import requests
from github import Auth, Github
from github.CheckRun import CheckRun as LibraryCheckRun
from github.GithubApp import GithubApp
from github.IssueComment import IssueComment as LibraryComment
from github.NamedUser import NamedUser
from github.Organization import Organization
from github.PullRequest import PullRequest as LibraryPull
from github.Repository import Repository
from pushmark_graders.errors import PushmarkError

from pushmark_bot.github.as_app import RetryingAsApp
from pushmark_bot.github.port import (
    CheckRun,
    CheckRunDraft,
    Comment,
    GitHubError,
    Head,
    Installation,
    ListedPull,
    Patience,
    Permission,
    PullRequest,
    Reaction,
)
from pushmark_bot.github.retry import Retrying

API_VERSION = "2022-11-28"
PAGE = 100
SECONDS = 30
CHUNK = 1 << 16
_PERMISSIONS: tuple[Permission, ...] = ("admin", "maintain", "write", "read", "none")

T = TypeVar("T")
Sent = tuple[dict[str, str], Any]


class PyGithubPort:
    """The port over PyGithub with lazy objects: one request for each thing asked, and no more.

    `who` is a token, or an app's installation, whose token is fetched when first needed and again before it ends.
    """

    def __init__(
        self,
        *,
        who: str | Installation,
        api_url: str,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        patience = patience or Patience()
        self._retrying = Retrying(patience, sleep) if isinstance(who, str) else RetryingAsApp(patience, sleep)
        if not re.match(r"https?://[^/]", api_url):
            raise PushmarkError(f"{api_url!r} is no web address.", "Set GITHUB_API_URL to one, or unset it.")
        self._library = Github(
            auth=_auth(who),
            base_url=api_url.rstrip("/"),
            api_version=API_VERSION,
            user_agent="pushmark-bot",
            per_page=PAGE,
            timeout=SECONDS,
            lazy=True,
            retry=None,
            seconds_between_requests=patience.between_requests,
            seconds_between_writes=patience.between_writes,
        )

    @property
    def calls(self) -> int:
        """How many requests were sent so far."""
        return self._retrying.calls

    def send(self, method: str, path: str, *, query: dict[str, Any] | None = None, body: Any = None) -> Sent:
        """One request to an address of the API, tried once: its headers, and its answer as plain data."""
        asked = {name: str(value) for name, value in (query or {}).items()}
        headers, data = self._library.requester.requestJsonAndCheck(method, path, parameters=asked or None, input=body)
        return {name.lower(): str(value) for name, value in headers.items()}, data

    @property
    def retrying(self) -> Retrying:
        """How requests are tried again."""
        return self._retrying

    def close(self) -> None:
        """Hang up."""
        self._library.close()

    def head(self, pull: PullRequest) -> Head:
        """Look at a pull request as it is now."""

        def look() -> Head:
            found = self._repository(pull.repo).get_pull(pull.number)
            return Head(sha=found.head.sha, open=found.state == "open", draft=bool(found.draft))

        return self._retrying.attempt(look, f"look at {pull.repo} pull request {pull.number}")

    def pulls(self, repo: str, *, base: str) -> Iterator[ListedPull]:
        """Yield the pull requests into a branch, open or not, newest first, a page at a time."""
        listed = self._repository(repo).get_pulls(state="all", base=base)
        return map(_listed_pull, self._pages(listed.get_page, f"list the pull requests of {repo}"))

    def fetch(self, repo: str, sha: str, into: IO[bytes], *, most: int) -> None:
        """Write the archive (.tar.gz) of a commit, of at most `most` bytes, into a file."""

        def send() -> None:
            address = self._repository(repo).get_archive_link("tarball", sha)
            into.seek(0)
            into.truncate()
            with requests.get(address, stream=True, timeout=SECONDS) as answer:  # it carries its own right, no token
                answer.raise_for_status()
                for part in answer.iter_content(CHUNK):
                    if into.tell() + len(part) > most:
                        raise GitHubError(
                            f"The archive of {repo} at {sha[:12]} has more than {most >> 20:,} MiB.",
                            "Track large files with DVC, and take them out of git's history.",
                        )
                    into.write(part)

        self._retrying.attempt(send, f"fetch {repo} at {sha[:12]}")
        into.seek(0)

    def permission(self, repo: str, login: str) -> Permission:
        """What somebody may do in a repository; a role that an organisation made counts as `read`."""

        def ask() -> Permission:
            said = self._repository(repo).get_collaborator_role_name(login)
            return next((known for known in _PERMISSIONS if known == (said or "none")), "read")

        return self._retrying.attempt(ask, f"ask what {login} may do in {repo}")

    def react(self, repo: str, comment_id: int, reaction: Reaction) -> None:
        """Put a reaction on a comment; one that is there stays as it is."""
        url = f"{self._repository(repo).url}/issues/comments/{comment_id}"
        comment = LibraryComment(self._library.requester, {}, {"url": url}, completed=False)
        self._retrying.attempt(lambda: comment.create_reaction(reaction), f"react to comment {comment_id} of {repo}")

    def comments(self, pull: PullRequest) -> Iterator[Comment]:
        """Yield the comments of a pull request, oldest first, a page at a time."""
        listed = self._repository(pull.repo).get_issue(pull.number).get_comments()
        doing = f"read the comments of {pull.repo} pull request {pull.number}"
        return map(_comment, self._pages(listed.get_page, doing))

    def create_comment(self, pull: PullRequest, body: str, mine: Callable[[Comment], bool]) -> Comment:
        """Write a comment once; `mine` recognises it should the answer get lost."""
        issue = self._repository(pull.repo).get_issue(pull.number)
        return self._retrying.attempt(
            lambda: _comment(issue.create_comment(body)),
            f"comment on {pull.repo} pull request {pull.number}",
            written=lambda: next(filter(mine, self.comments(pull)), None),
        )

    def edit_comment(self, repo: str, comment_id: int, body: str) -> None:
        """Replace the body of a comment."""
        url = f"{self._repository(repo).url}/issues/comments/{comment_id}"
        comment = LibraryComment(self._library.requester, {}, {"url": url}, completed=False)
        self._retrying.attempt(lambda: comment.edit(body), f"edit comment {comment_id} of {repo}")

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

        return self._retrying.attempt(
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
        self._retrying.attempt(
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
            items = self._retrying.attempt(functools.partial(get, number), doing)
            yield from items
            if len(items) < PAGE:
                return


def _auth(who: str | Installation) -> Auth.Auth:
    if isinstance(who, str):
        return Auth.Token(who)
    return Auth.AppInstallationAuth(Auth.AppAuth(who.app, who.private_key), who.installation)


def _listed_pull(pull: LibraryPull) -> ListedPull:
    return ListedPull(number=pull.number, title=pull.title, open=pull.state == "open")


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
