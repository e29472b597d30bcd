"""What the fake GitHub remembers: repositories, pull requests, comments and check runs as plain records.

Tests and the demo read these records; nothing in here knows HTTP or JSON.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from pushmark_bot.testing.objects import Objects

if TYPE_CHECKING:
    from pushmark_bot.testing.apps import App

Access = Literal["read", "write"]
ACTIONS_APP = "github-actions"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who a token speaks for. An app's `permissions`, `repository` and `account` narrow it; a user has none of them.

    `itself` is the id of an app that signs for itself, and `ends` when the token does (seconds since 1970).
    `installation` is where the token is from.
    """

    login: str
    app: str | None = None
    repository: str | None = None
    account: str | None = None
    permissions: dict[str, Access] = field(default_factory=dict)
    itself: int | None = None
    ends: float | None = None
    installation: int | None = None

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
    reactions: list[tuple[str, str]] = field(default_factory=list)


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
    """A pull request; its number is taken from the numbers that issues use too.

    `old_sha` is the head that the API still shows while it lags behind.
    """

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
    draft: bool = False
    merged: bool = False
    old_sha: str = ""


@dataclass(kw_only=True)
class WorkflowRun:
    """A run of a workflow that was dispatched; tests play what happens in it. `artifacts` are zips by name."""

    id: int
    number: int
    workflow: str
    branch: str
    sha: str
    title: str
    inputs: dict[str, str]
    created: datetime
    event: str = "workflow_dispatch"
    attempt: int = 1
    status: str = "queued"
    conclusion: str | None = None
    artifacts: dict[str, tuple[int, bytes]] = field(default_factory=dict)


@dataclass(kw_only=True)
class Repository:
    """One repository with everything in it. `writers` are logins that may push and edit others' comments, `trees` the
    files of commits whose content matters, and `workflows` the `run-name` of each workflow file. `objects` are ids of
    git's objects in it. While `empty_looks` are left, a repository made from a template is still empty."""

    id: int
    owner: str
    name: str
    private: bool
    default_branch: str
    created: datetime
    writers: set[str]
    admins: set[str] = field(default_factory=set)
    maintainers: set[str] = field(default_factory=set)
    branches: dict[str, str] = field(default_factory=dict)
    commits: set[str] = field(default_factory=set)
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    objects: set[str] = field(default_factory=set)
    is_template: bool = False
    template: str = ""
    archived: bool = False
    pushed: datetime | None = None
    rulesets: list[Any] = field(default_factory=list)
    empty_looks: int = 0
    workflows: dict[str, str] = field(default_factory=dict)
    runs: dict[int, WorkflowRun] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """OWNER/NAME."""
        return f"{self.owner}/{self.name}"


@dataclass
class SignIns:
    """People who are signed in to the web pages: sessions by cookie, and codes that apps may exchange once.

    A code belongs to an app's client id and the address that it was sent to.
    """

    sessions: dict[str, str] = field(default_factory=dict)
    codes: dict[str, tuple[str, str, str]] = field(default_factory=dict)


class Store:
    """All repositories and tokens, and the numbers given out so far."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.tokens: dict[str, Identity] = {}
        self.apps: dict[int, App] = {}
        self.manifests: dict[str, tuple[str, dict[str, Any]]] = {}
        """Of each code that a registration gave out, the organisation and the manifest."""
        self.users: set[str] = set()
        self.objects = Objects()
        self.sign_ins = SignIns()
        self.empty_looks: list[int] = []
        self.rulesets_need_upgrade = False
        self.clock: Callable[[], datetime] = now
        self._ids = itertools.count(1001)
        self._accounts: dict[str, int] = {}

    def new_id(self) -> int:
        """Return an id that nothing has had yet."""
        return next(self._ids)

    def account_id(self, login: str) -> int:
        """Return the one id of this account."""
        return self._accounts.setdefault(login.lower(), len(self._accounts) + 1)

    def is_suspended(self, who: Identity) -> bool:
        """Whether an app's owner there has suspended it."""
        return any(who.installation in app.suspended for app in self.apps.values())

    def repository(self, full_name: str) -> Repository:
        """Return a repository that was seeded; names are case-insensitive, as on GitHub."""
        return self.repositories[full_name.lower()]


def now() -> datetime:
    """The time to whole seconds, which is all that GitHub tells."""
    return datetime.now(UTC).replace(microsecond=0)
