"""What making and keeping learners' repositories needs of GitHub: plain data, and a protocol for each area."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

ORDINARY_FILE = "100644"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's account. The login may change, the id does not."""

    id: int
    login: str


class Named(msgspec.Struct, frozen=True):
    """Another repository, by its name."""

    full_name: str


class RepositoryInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A repository. `template_repository` is what it was made from, when GitHub tells."""

    id: int
    full_name: str
    private: bool = False
    archived: bool = False
    is_template: bool = False
    default_branch: str = "main"
    pushed_at: datetime | None = None
    template_repository: Named | None = None

    def made_from(self, template: str) -> bool:
        """Whether this is a copy of that template."""
        return self.template_repository is not None and self.template_repository.full_name.lower() == template.lower()


class PullInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A pull request and where it stands."""

    number: int
    head_sha: str
    open: bool
    merged: bool = False


class GitCommit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit: its tree and its parents."""

    sha: str
    tree: str
    parents: tuple[str, ...] = ()


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a tree: how git keeps it, and the id of its content. Equal ids are equal content anywhere."""

    mode: str
    sha: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it is to be: new text, the id of content that is there already, or neither to take it away."""

    path: str
    mode: str = ORDINARY_FILE
    text: str | None = None
    sha: str | None = None


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """A commit as it is to be. With the same words at the same `moment` it has the same id each time."""

    tree: str
    parents: Sequence[str]
    message: str
    author: str
    email: str
    moment: datetime


class Ruleset(msgspec.Struct, frozen=True, kw_only=True):
    """What nobody may do in a repository: move `branches`, or push changes to `paths`. `app` may all the same."""

    name: str
    branches: Sequence[str] = ()
    paths: Sequence[str] = ()
    app: int | None = None


class Repositories(Protocol):
    """An organisation's repositories and who may push there. Every method raises GitHubError."""

    def repository(self, repo: str) -> RepositoryInfo:
        """Look at a repository."""

    def generate(self, template: str, repo: str, *, description: str) -> RepositoryInfo:
        """Make a private repository from a template; GitHub fills it some time later."""

    def delete_repository(self, repo: str) -> None:
        """Delete a repository for good."""

    def set_archived(self, repo: str, archived: bool) -> None:
        """Close a repository for all changes, or open it again."""

    def pushed(self, organisation: str) -> Iterator[RepositoryInfo]:
        """Yield the organisation's repositories, those pushed to last first, a page of 100 at a time."""

    def account(self, login: str) -> Account | None:
        """Look somebody up; None when GitHub knows no such login."""

    def let_push(self, repo: str, login: str) -> None:
        """Let somebody push to a repository; GitHub invites whoever is no member of the organisation."""

    def protect(self, repo: str, rules: Ruleset) -> None:
        """Add a ruleset; one of that name which is there stays as it is."""


class Git(Protocol):
    """Git's objects in a repository. Every method raises GitHubError."""

    def branch(self, repo: str, name: str) -> str | None:
        """The commit of a branch: "" while the whole repository is empty, None when there is no such branch."""

    def commit(self, repo: str, sha: str) -> GitCommit:
        """Look at a commit."""

    def files(self, repo: str, tree: str) -> dict[str, File]:
        """All files of a tree, or of a commit's tree, by their paths."""

    def content(self, repo: str, sha: str) -> bytes:
        """What is in a file."""

    def make_blob(self, repo: str, content: bytes) -> str:
        """Keep a file's content; returns its id."""

    def make_tree(self, repo: str, base: str, changes: Sequence[Change]) -> str:
        """Make a tree out of another one; returns its id."""

    def make_commit(self, repo: str, writing: Writing) -> str:
        """Make a commit; returns its id."""

    def make_branch(self, repo: str, name: str, sha: str) -> bool:
        """Make a branch; returns whether it is new. One of that name stays where it is."""

    def move_branch(self, repo: str, name: str, sha: str) -> bool:
        """Move a branch forward; returns False, and leaves it, when it has commits that this one has not."""


class Pulls(Protocol):
    """Pull requests between branches of one repository. Every method raises GitHubError."""

    def pull_between(self, repo: str, *, head: str, base: str) -> PullInfo | None:
        """The newest pull request between two branches, open or not."""

    def pull(self, repo: str, number: int) -> PullInfo:
        """Look at a pull request."""

    def open_pull(self, repo: str, *, title: str, head: str, base: str, body: str) -> PullInfo:
        """Open a pull request once, should the answer get lost."""

    def close_pull(self, repo: str, number: int) -> None:
        """Close a pull request without merging it."""


class Organisation(Repositories, Git, Pulls, Protocol):
    """All three together. `calls` counts the requests sent so far."""

    @property
    def calls(self) -> int: ...

    def close(self) -> None:
        """Hang up."""


OpenOrganisation = Callable[[int], Organisation]
"""Gives the port for an installation."""
