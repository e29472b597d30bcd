"""The ports for learners' repositories over PyGithub's requester: one request for each thing, read into our structs."""

import base64
import functools
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from pushmark_bot.github.library import PAGE, PyGithubPort
from pushmark_bot.github.organisation import (
    Account,
    Change,
    File,
    GitCommit,
    PullInfo,
    RepositoryInfo,
    Ruleset,
    Writing,
)
from pushmark_bot.github.port import GitHubError

T = TypeVar("T")

EMPTY, NOT_THERE, UNPROCESSABLE = 409, 404, 422
STEPS = {
    401: "check the app's id and private key, and that it is still installed on the organisation",
    403: "give the app the rights that docs/how-to/run-a-course.md lists, and accept them in the organisation",
    404: "check that the app is still installed on the organisation, and may see this repository",
}


class _Sha(msgspec.Struct, frozen=True):
    sha: str


class _Ref(msgspec.Struct, frozen=True):
    object: _Sha


class _Commit(msgspec.Struct, frozen=True):
    sha: str
    tree: _Sha
    parents: list[_Sha]


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    mode: str
    type: str
    sha: str | None = None


class _Tree(msgspec.Struct, frozen=True, kw_only=True):
    sha: str
    tree: list[_Entry]
    truncated: bool = False


class _Blob(msgspec.Struct, frozen=True, kw_only=True):
    content: str
    encoding: str


class _Pull(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    state: str
    head: _Sha
    merged_at: str | None = None
    merged: bool = False


class PyGithubOrganisation(PyGithubPort):
    """The bot's port with what learners' repositories need besides."""

    # repositories and people

    def repository(self, repo: str) -> RepositoryInfo:
        """Look at a repository."""
        return self._ask(RepositoryInfo, "GET", f"/repos/{repo}", f"look at {repo}")

    def generate(self, template: str, repo: str, *, description: str) -> RepositoryInfo:
        """Make a private repository from a template; GitHub fills it some time later."""
        owner, name = repo.split("/")
        body = {"owner": owner, "name": name, "description": description, "private": True}

        def send() -> RepositoryInfo:
            return self._convert(RepositoryInfo, self._send("POST", f"/repos/{template}/generate", body))

        def written() -> RepositoryInfo | None:
            try:
                found = self.repository(repo)
            except GitHubError as refused:
                if refused.status == NOT_THERE:
                    return None
                raise
            return found if found.made_from(template) else None

        return self._try(send, f"make {repo} from {template}", written)

    def delete_repository(self, repo: str) -> None:
        """Delete a repository for good."""
        self._do("DELETE", f"/repos/{repo}", f"delete {repo}")

    def set_archived(self, repo: str, archived: bool) -> None:
        """Close a repository for all changes, or open it again."""
        doing = f"{'archive' if archived else 'open'} {repo}"
        self._do("PATCH", f"/repos/{repo}", doing, {"archived": archived})

    def pushed(self, organisation: str) -> Iterator[RepositoryInfo]:
        """Yield the organisation's repositories, those pushed to last first, a page of 100 at a time."""
        path = f"/orgs/{organisation}/repos?sort=pushed&direction=desc&per_page={PAGE}&page="

        def page(number: int) -> list[RepositoryInfo]:
            return self._convert(list[RepositoryInfo], self._send("GET", f"{path}{number + 1}"))

        return self._pages(page, f"list the repositories of {organisation}")

    def account(self, login: str) -> Account | None:
        """Look somebody up; None when GitHub knows no such login."""
        try:
            return self._ask(Account, "GET", f"/users/{quote(login, safe='')}", f"look up @{login}")
        except GitHubError as refused:
            if refused.status == NOT_THERE:
                return None
            raise

    def let_push(self, repo: str, login: str) -> None:
        """Let somebody push to a repository; GitHub invites whoever is no member of the organisation."""
        path = f"/repos/{repo}/collaborators/{quote(login, safe='')}"
        self._do("PUT", path, f"let @{login} push to {repo}", {"permission": "push"})

    def protect(self, repo: str, rules: Ruleset) -> None:
        """Add a ruleset; one of that name which is there stays as it is."""
        try:
            self._do("POST", f"/repos/{repo}/rulesets", f"protect {repo}", _ruleset(rules))
        except GitHubError as refused:
            if refused.status != UNPROCESSABLE or "unique" not in refused.what:
                raise

    # git

    def branch(self, repo: str, name: str) -> str | None:
        """The commit of a branch: "" while the whole repository is empty, None when there is no such branch."""
        try:
            found = self._ask(_Ref, "GET", f"/repos/{repo}/git/ref/heads/{quote(name)}", f"read {name} of {repo}")
        except GitHubError as refused:
            if refused.status == EMPTY:
                return ""
            if refused.status == NOT_THERE:
                return None
            raise
        return found.object.sha

    def commit(self, repo: str, sha: str) -> GitCommit:
        """Look at a commit."""
        found = self._ask(_Commit, "GET", f"/repos/{repo}/git/commits/{sha}", f"read commit {sha[:12]} of {repo}")
        return GitCommit(sha=found.sha, tree=found.tree.sha, parents=tuple(one.sha for one in found.parents))

    def files(self, repo: str, tree: str) -> dict[str, File]:
        """All files of a tree, or of a commit's tree, by their paths."""
        found = self._ask(_Tree, "GET", f"/repos/{repo}/git/trees/{tree}?recursive=1", f"list the files of {repo}")
        if found.truncated:
            raise GitHubError(f"{repo} has more files than GitHub lists at once.", "Take generated files out of git.")
        return {one.path: File(mode=one.mode, sha=one.sha or "") for one in found.tree if one.type != "tree"}

    def content(self, repo: str, sha: str) -> bytes:
        """What is in a file."""
        found = self._ask(_Blob, "GET", f"/repos/{repo}/git/blobs/{sha}", f"read a file of {repo}")
        return base64.b64decode(found.content) if found.encoding == "base64" else found.content.encode()

    def make_blob(self, repo: str, content: bytes) -> str:
        """Keep a file's content; returns its id."""
        body = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
        return self._ask(_Sha, "POST", f"/repos/{repo}/git/blobs", f"write a file to {repo}", body).sha

    def make_tree(self, repo: str, base: str, changes: Sequence[Change]) -> str:
        """Make a tree out of another one; returns its id."""
        body = {"base_tree": base, "tree": [_entry(one) for one in changes]}
        return self._ask(_Tree, "POST", f"/repos/{repo}/git/trees", f"write files to {repo}", body).sha

    def make_commit(self, repo: str, writing: Writing) -> str:
        """Make a commit; returns its id."""
        moment = writing.moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        who = {"name": writing.author, "email": writing.email, "date": moment}
        body = {
            "message": writing.message,
            "tree": writing.tree,
            "parents": list(writing.parents),
            "author": who,
            "committer": who,
        }
        return self._ask(_Commit, "POST", f"/repos/{repo}/git/commits", f"write a commit to {repo}", body).sha

    def make_branch(self, repo: str, name: str, sha: str) -> bool:
        """Make a branch; returns whether it is new. One of that name stays where it is."""
        body = {"ref": f"refs/heads/{name}", "sha": sha}
        return self._happens("POST", f"/repos/{repo}/git/refs", f"make branch {name} of {repo}", body, "already exists")

    def move_branch(self, repo: str, name: str, sha: str) -> bool:
        """Move a branch forward; returns False, and leaves it, when it has commits that this one has not."""
        path = f"/repos/{repo}/git/refs/heads/{quote(name)}"
        body = {"sha": sha, "force": False}
        return self._happens("PATCH", path, f"move branch {name} of {repo}", body, "not a fast forward")

    # pull requests

    def pull_between(self, repo: str, *, head: str, base: str) -> PullInfo | None:
        """The newest pull request between two branches, open or not."""
        owner = repo.split("/", 1)[0]
        asked = f"head={quote(f'{owner}:{head}')}&base={quote(base)}&state=all&per_page=1"
        found = self._ask(list[_Pull], "GET", f"/repos/{repo}/pulls?{asked}", f"list the pull requests of {repo}")
        return _pull(found[0]) if found else None

    def pull(self, repo: str, number: int) -> PullInfo:
        """Look at a pull request."""
        return _pull(self._ask(_Pull, "GET", f"/repos/{repo}/pulls/{number}", f"look at {repo} pull request {number}"))

    def open_pull(self, repo: str, *, title: str, head: str, base: str, body: str) -> PullInfo:
        """Open a pull request once, should the answer get lost."""
        given = {"title": title, "head": head, "base": base, "body": body}
        there = functools.partial(self.pull_between, repo, head=head, base=base)

        def send() -> PullInfo:
            return _pull(self._convert(_Pull, self._send("POST", f"/repos/{repo}/pulls", given)))

        try:
            return self._try(send, f"open a pull request in {repo}", there)
        except GitHubError as refused:
            if refused.status == UNPROCESSABLE and (found := there()) is not None:
                return found
            raise

    def close_pull(self, repo: str, number: int) -> None:
        """Close a pull request without merging it."""
        self._do("PATCH", f"/repos/{repo}/pulls/{number}", f"close {repo} #{number}", {"state": "closed"})

    # how it is asked

    def _send(self, method: str, path: str, body: object = None) -> Any:
        return self._library.requester.requestJsonAndCheck(method, path, input=body)[1]

    def _convert(self, kind: type[T], said: Any) -> T:
        return msgspec.convert(said, kind)

    def _ask(self, kind: type[T], method: str, path: str, doing: str, body: object = None) -> T:
        return self._try(lambda: self._convert(kind, self._send(method, path, body)), doing)

    def _do(self, method: str, path: str, doing: str, body: object = None) -> None:
        self._try(lambda: self._send(method, path, body), doing)

    def _happens(self, method: str, path: str, doing: str, body: object, unless: str) -> bool:
        """Write something; returns False when GitHub says that it cannot be, in these words."""
        try:
            self._do(method, path, doing, body)
        except GitHubError as refused:
            if refused.status == UNPROCESSABLE and unless in refused.what:
                return False
            raise
        return True

    def _try(self, send: Callable[[], T], doing: str, written: Callable[[], T | None] | None = None) -> T:
        try:
            return self._retrying.attempt(send, doing, written)
        except GitHubError as refused:
            step = STEPS.get(refused.status) if not refused.wait else None
            raise GitHubError(refused.what, step or refused.next_step, refused.status, refused.wait) from refused


def _pull(found: _Pull) -> PullInfo:
    return PullInfo(
        number=found.number,
        head_sha=found.head.sha,
        open=found.state == "open",
        merged=found.merged or found.merged_at is not None,
    )


def _entry(change: Change) -> dict[str, str | None]:
    entry: dict[str, str | None] = {"path": change.path, "mode": change.mode, "type": "blob"}
    return entry | ({"content": change.text} if change.text is not None else {"sha": change.sha})


def _ruleset(rules: Ruleset) -> dict[str, Any]:
    bypass = [{"actor_id": rules.app, "actor_type": "Integration", "bypass_mode": "always"}] if rules.app else []
    body: dict[str, Any] = {"name": rules.name, "enforcement": "active", "bypass_actors": bypass}
    if rules.branches:
        included = [f"refs/heads/{name}" for name in rules.branches]
        body |= {"target": "branch", "conditions": {"ref_name": {"include": included, "exclude": []}}}
        return body | {"rules": [{"type": "deletion"}, {"type": "non_fast_forward"}, {"type": "update"}]}
    restricted = {"restricted_file_paths": list(rules.paths)}
    return body | {"target": "push", "rules": [{"type": "file_path_restriction", "parameters": restricted}]}
