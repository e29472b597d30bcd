"""What the fake GitHub remembers: repositories, pull requests, comments and check runs as plain records.

Tests and the demo read these records; nothing in here knows HTTP or JSON.
"""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

Access = Literal["read", "write"]
ACTIONS_APP = "github-actions"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who a token speaks for. An app's `permissions` and `repository` narrow it; a user has neither."""

    login: str
    app: str | None = None
    repository: str | None = None
    permissions: dict[str, Access] = field(default_factory=dict)

    @property
    def kind(self) -> Literal["User", "Bot"]:
        """GitHub's word for this sort of account."""
        return "User" if self.app is None else "Bot"

    def may_write(self, *permissions: str) -> bool:
        """Whether an app's token carries one of these permissions; a user's is never narrowed here."""
        return self.app is None or any(self.permissions.get(name) == "write" for name in permissions)


@dataclass(kw_only=True)
class Comment:
    """A comment on an issue or pull request; `edits` counts how often its body was replaced."""

    id: int
    number: int
    author: str
    kind: Literal["User", "Bot"]
    body: str
    created: datetime
    updated: datetime
    edits: int = 0


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """A remark on lines of one file, as a check run carries it."""

    path: str
    start_line: int
    end_line: int
    annotation_level: str
    message: str
    title: str | None = None
    raw_details: str | None = None
    start_column: int | None = None
    end_column: int | None = None


@dataclass(kw_only=True)
class CheckRun:
    """A check run of one app at one commit."""

    id: int
    app: str
    name: str
    head_sha: str
    status: str = "queued"
    conclusion: str | None = None
    external_id: str = ""
    details_url: str = ""
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Annotation] = field(default_factory=list)
    started: datetime | None = None
    completed: datetime | None = None


@dataclass(kw_only=True)
class Pull:
    """A pull request; its number is taken from the numbers that issues use too."""

    id: int
    number: int
    title: str
    author: str
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    body: str | None
    created: datetime
    updated: datetime
    state: Literal["open", "closed"] = "open"


@dataclass(kw_only=True)
class Repository:
    """One repository with everything in it. `writers` are logins that may push and edit others' comments."""

    id: int
    owner: str
    name: str
    private: bool
    default_branch: str
    created: datetime
    writers: set[str]
    branches: dict[str, str] = field(default_factory=dict)
    commits: set[str] = field(default_factory=set)
    pulls: dict[int, Pull] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """OWNER/NAME."""
        return f"{self.owner}/{self.name}"


class Store:
    """All repositories and tokens, and the numbers given out so far."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.tokens: dict[str, Identity] = {}
        self._ids = itertools.count(1001)
        self._accounts: dict[str, int] = {}

    def new_id(self) -> int:
        """Return an id that nothing has had yet."""
        return next(self._ids)

    def account_id(self, login: str) -> int:
        """Return the one id of this account."""
        return self._accounts.setdefault(login.lower(), len(self._accounts) + 1)

    def repository(self, full_name: str) -> Repository:
        """Return a repository that was seeded; names are case-insensitive, as on GitHub."""
        return self.repositories[full_name.lower()]


def now() -> datetime:
    """The time to whole seconds, which is all that GitHub tells."""
    return datetime.now(UTC).replace(microsecond=0)
