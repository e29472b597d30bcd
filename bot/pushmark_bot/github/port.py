"""What the bot says to GitHub and hears from it, as plain data and one protocol."""

import math
from collections.abc import Callable, Iterator
from typing import IO, Literal, Protocol

import msgspec
from pushmark_graders.errors import COULD_NOT_GRADE, ExitCode, PushmarkError

Conclusion = Literal["success", "failure", "neutral"]
Level = Literal["failure", "warning", "notice"]
Reaction = Literal["+1", "-1", "confused", "eyes"]
Permission = Literal["admin", "maintain", "write", "read", "none"]


class PullRequest(msgspec.Struct, frozen=True):
    """Where to publish: OWNER/NAME and the number of the pull request."""

    repo: str
    number: int


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The newest commit of a pull request, and whether the pull request is open and ready for review."""

    sha: str
    open: bool
    draft: bool


class ListedPull(msgspec.Struct, frozen=True, kw_only=True):
    """A pull request as a list shows it."""

    number: int
    title: str
    open: bool


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """An app's identity where it is installed: its id, its private key (PEM), and the installation's id."""

    app: int
    private_key: str
    installation: int


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
    """How hard to try, in seconds. The pauses keep to GitHub's advice; a local server needs none.

    `longest_limit` is the longest wait for a rate limit, where that is shorter than `longest_wait`.
    """

    retries: int = 4
    first_wait: float = 1.0
    longest_wait: float = 120.0
    longest_limit: float = math.inf
    between_requests: float = 0.25
    between_writes: float = 1.0


class GitHubError(PushmarkError):
    """GitHub refused, or could not be reached. `status` is its HTTP status, 0 when there was none; `wait` is after how
    many seconds it asks to come again, 0 when it named none; `limited` says that a rate limit refused it."""

    exit_code: ExitCode = COULD_NOT_GRADE

    def __init__(self, what: str, next_step: str, status: int = 0, wait: float = 0.0, *, limited: bool = False) -> None:
        super().__init__(what, next_step)
        self.status = status
        self.wait = wait
        self.limited = limited


class GitHub(Protocol):
    """What the bot needs of GitHub. `calls` counts the requests sent so far. Every method raises GitHubError."""

    @property
    def calls(self) -> int: ...

    def head(self, pull: PullRequest) -> Head:
        """Look at a pull request as it is now."""

    def pulls(self, repo: str, *, base: str) -> Iterator[ListedPull]:
        """Yield the pull requests into a branch, open or not, newest first, a page at a time."""

    def fetch(self, repo: str, sha: str, into: IO[bytes], *, most: int) -> None:
        """Write the archive (.tar.gz) of a commit, of at most `most` bytes, into a file."""

    def permission(self, repo: str, login: str) -> Permission:
        """What somebody may do in a repository; a role that an organisation made counts as `read`."""

    def react(self, repo: str, comment_id: int, reaction: Reaction) -> None:
        """Put a reaction on a comment; one that is there stays as it is."""

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
