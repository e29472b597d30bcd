"""What the bot asks of a repository whose workflows grade: blobs, dispatches, runs and what they kept."""

import base64
import binascii
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import IO, Any, Protocol

import msgspec
import requests

from pushmark_bot.github.library import CHUNK, PAGE, SECONDS, PyGithubPort
from pushmark_bot.github.port import GitHubError

MOST_PAGES = 5
"""Of a list of runs: the newest five hundred."""


class WorkflowRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run as GitHub tells it. `title` is what `run-name` made, `path` the workflow's file."""

    id: int
    attempt: int
    repository: str
    path: str
    branch: str
    sha: str
    event: str
    title: str
    status: str
    conclusion: str
    url: str


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """Files that a run kept."""

    id: int
    name: str
    bytes: int
    expired: bool


class Workflows(Protocol):
    """What the bot needs of a repository whose workflows grade. Every method raises GitHubError."""

    def upload(self, repo: str, content: bytes) -> str:
        """Store bytes in a repository, outside of every branch; returns their id."""

    def blob(self, repo: str, sha: str) -> bytes:
        """The bytes of this id."""

    def dispatch(self, repo: str, workflow: str, branch: str, inputs: dict[str, str]) -> int:
        """Start a run, and return its id. Sent once: when that raises with `open`, a run may have begun."""

    def runs(self, repo: str, workflow: str, since: datetime) -> Iterator[WorkflowRun]:
        """The dispatched runs of a workflow that began after a moment, newest first."""

    def run(self, repo: str, number: int) -> WorkflowRun:
        """One run."""

    def artifacts(self, repo: str, run: int, name: str) -> list[Artifact]:
        """What a run kept under a name."""

    def download(self, repo: str, artifact: int, into: IO[bytes], *, most: int) -> None:
        """Write an artifact's zip, of at most `most` bytes, into a file."""


class PyGithubWorkflows:
    """The port over PyGithub's requester: one request for each thing asked."""

    def __init__(self, port: PyGithubPort) -> None:
        self._port = port

    def upload(self, repo: str, content: bytes) -> str:
        body = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
        return str(self._ask(f"store a commit in {repo}", "POST", f"/repos/{repo}/git/blobs", body=body)["sha"])

    def blob(self, repo: str, sha: str) -> bytes:
        told = self._ask(f"read blob {sha[:12]} of {repo}", "GET", f"/repos/{repo}/git/blobs/{sha}")
        try:
            return base64.b64decode(told["content"])
        except (binascii.Error, TypeError):
            raise GitHubError(f"Blob {sha[:12]} of {repo} is not base64.", "Dispatch it again.") from None

    def dispatch(self, repo: str, workflow: str, branch: str, inputs: dict[str, str]) -> int:
        path = f"/repos/{repo}/actions/workflows/{workflow}/dispatches"
        body = {"ref": branch, "inputs": inputs, "return_run_details": True}
        told = self._port.retrying.once(
            lambda: self._port.send("POST", path, body=body), f"dispatch {workflow} of {repo}"
        )
        return int(told[1]["workflow_run_id"]) if told[1] else 0

    def runs(self, repo: str, workflow: str, since: datetime) -> Iterator[WorkflowRun]:
        created = f">={since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        for page in range(1, MOST_PAGES + 1):
            told = self._ask(
                f"list the runs of {repo}",
                "GET",
                f"/repos/{repo}/actions/workflows/{workflow}/runs",
                query={"event": "workflow_dispatch", "created": created, "per_page": PAGE, "page": page},
            )
            yield from map(_run, told["workflow_runs"])
            if len(told["workflow_runs"]) < PAGE:
                return

    def run(self, repo: str, number: int) -> WorkflowRun:
        return _run(self._ask(f"look at run {number} of {repo}", "GET", f"/repos/{repo}/actions/runs/{number}"))

    def artifacts(self, repo: str, run: int, name: str) -> list[Artifact]:
        told = self._ask(
            f"list what run {run} of {repo} kept",
            "GET",
            f"/repos/{repo}/actions/runs/{run}/artifacts",
            query={"name": name, "per_page": PAGE},
        )
        return [
            Artifact(id=one["id"], name=one["name"], bytes=one["size_in_bytes"], expired=one["expired"])
            for one in told["artifacts"]
        ]

    def download(self, repo: str, artifact: int, into: IO[bytes], *, most: int) -> None:
        def send() -> None:
            headers, _ = self._port.send("GET", f"/repos/{repo}/actions/artifacts/{artifact}/zip")
            into.seek(0)
            into.truncate()
            # The address carries its own right, and lies on another host: it gets no token.
            with requests.get(headers["location"], stream=True, timeout=SECONDS) as answer:
                answer.raise_for_status()
                for part in answer.iter_content(CHUNK):
                    if into.tell() + len(part) > most:
                        raise GitHubError(f"Artifact {artifact} of {repo} is too large.", "Look at what the run kept.")
                    into.write(part)

        self._port.retrying.attempt(send, f"fetch artifact {artifact} of {repo}")
        into.seek(0)

    def _ask(self, doing: str, method: str, path: str, **asked: Any) -> Any:
        send: Callable[[], Any] = lambda: self._port.send(method, path, **asked)[1]  # noqa: E731
        return self._port.retrying.attempt(send, doing)


def _run(told: dict[str, Any]) -> WorkflowRun:
    return WorkflowRun(
        id=told["id"],
        attempt=told.get("run_attempt") or 1,
        repository=told["repository"]["full_name"],
        path=told["path"].split("@")[0],
        branch=told["head_branch"] or "",
        sha=told["head_sha"],
        event=told["event"],
        title=told["display_title"],
        status=told["status"] or "",
        conclusion=told["conclusion"] or "",
        url=told["html_url"],
    )
