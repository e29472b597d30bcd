"""Runs a repository's workflows with the real `act`, without Docker and without network.

`Act` maps every `uses:` to a folder on this machine and fails on one it does not know, so that a new action
cannot reach for the network unnoticed. `Run` is what came out: job results, the log, summaries, annotations.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STUBS = Path(__file__).parent / "stubs"
SOURCE = "pushmark/pushmark"
VERSION = "v0.1.0"

USES = re.compile(r"^\s*(?:- )?uses:\s*([^\s#]+)", re.MULTILINE)


def uses(folder: Path) -> set[str]:
    """Every `uses:` in the workflows and actions below `folder`."""
    return {name for path in sorted(folder.rglob("*.yml")) for name in USES.findall(path.read_text())}


@dataclass(frozen=True)
class Run:
    """One run of a workflow."""

    status: int
    events: list[dict[str, Any]]
    raw: str
    artifacts: Path

    @property
    def jobs(self) -> dict[str, str]:
        """Results by job; a job that act skipped is not in it."""
        return {event["jobID"]: event["jobResult"] for event in self.events if "jobResult" in event}

    @property
    def log(self) -> str:
        """What steps wrote: the lines that GitHub would show in the log and read for commands."""
        return "\n".join(str(event.get("msg", "")) for event in self.events if event.get("raw_output"))

    def commands(self, name: str) -> list[dict[str, Any]]:
        """The workflow commands that were executed, such as `error`, `set-env` or `summary`.

        act tells those of a composite action again for the step that uses it: once is enough.
        """
        found = [event for event in self.events if event.get("command") == name]
        return list({(e["jobID"], e.get("name"), e.get("arg"), e.get("content")): e for e in found}.values())

    @property
    def summary(self) -> str:
        return "\n".join(str(event["content"]) for event in self.commands("summary"))

    @property
    def errors(self) -> list[str]:
        return [str(event["arg"]) for event in self.commands("error")]

    def says_nothing_but(self, sentence: str) -> bool:
        """Whether `sentence` is the only error annotation, if act saw one at all.

        act reads a step's output beside the step, and now and then misses the last line of one that ends
        at once. `test_outcome_step.py` proves that the line is printed.
        """
        return self.errors in ([], [sentence])

    def artifact(self, name: str) -> dict[str, bytes]:
        """The files of an artifact; empty when there is none of that name."""
        found = list(self.artifacts.glob(f"*/{name}/{name}.zip"))
        if not found:
            return {}
        with zipfile.ZipFile(found[0]) as archive:
            return {member: archive.read(member) for member in archive.namelist()}


@dataclass
class Act:
    """`folder` is for act's own files; `env` is what the runner's steps see, `token` the job's token.

    `version` is the ref under which the workflows name this repository.
    """

    folder: Path
    token: str
    env: dict[str, str] = field(default_factory=dict)
    version: str = VERSION
    secrets: dict[str, str] = field(default_factory=dict)

    def run(self, repository: Path, event: str, workflow: str, payload: dict[str, Any]) -> Run:
        """Run one workflow of a git repository to its end."""
        self.folder.mkdir(parents=True, exist_ok=True)
        event_file = self.folder / "event.json"
        event_file.write_text(json.dumps(payload))
        artifacts = self.folder / "artifacts"
        environment = {"TEST_ORIGIN": str(repository), **self.env}
        command = [
            str(Path(sys.executable).with_name("act")),
            *[event, "-C", str(repository), "-W", f".github/workflows/{workflow}", "-e", str(event_file), "--json"],
            *["-P", "ubuntu-24.04=-self-hosted", "-s", f"GITHUB_TOKEN={self.token}"],
            *["--no-cache-server", "--action-offline-mode", "--pull=false"],
            *["--artifact-server-path", str(artifacts), "--artifact-server-addr", "127.0.0.1"],
            *["--artifact-server-port", str(_free_port())],
            *self._mapped(repository),
            *[part for name, value in self.secrets.items() for part in ("-s", f"{name}={value}")],
            *[part for name, value in payload.get("inputs", {}).items() for part in ("--input", f"{name}={value}")],
            *[part for name, value in environment.items() for part in ("--env", f"{name}={value}")],
        ]
        done = subprocess.run(
            command,
            env={"PATH": _plain_path(), "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=240,
            check=False,
        )
        events = list(_json_lines(done.stdout))
        return Run(done.returncode, events, done.stdout + done.stderr, artifacts)

    def _mapped(self, repository: Path) -> list[str]:
        """`--local-repository` for every action and workflow that is used, and for those that these use."""
        ours = self.folder / "pushmark"
        if not ours.exists():
            copy_of_our_actions(ours)
        mapping: dict[str, Path] = {}
        for name in uses(repository / ".github") | uses(ours):
            if name.startswith("./"):
                continue
            where, ref = name.rsplit("@", 1)
            key = f"{'/'.join(where.split('/')[:2])}@{ref}"
            mapping[key] = ours if key in (f"{SOURCE}@{VERSION}", f"{SOURCE}@{self.version}") else self._stub(where)
        return [part for key, path in sorted(mapping.items()) for part in ("--local-repository", f"{key}={path}")]

    def _stub(self, action: str) -> Path:
        """A stand-in for an action of GitHub's."""
        owner, name = action.split("/")[:2]
        if owner != "actions" or not (STUBS / name).is_dir():
            raise AssertionError(f"{action}: no stand-in in {STUBS}; the test would reach for the network")
        folder = self.folder / "stubs" / name
        if not folder.exists():
            shutil.copytree(STUBS / name, folder)
            shutil.copy(STUBS / "artifact.py", folder)  # an action sees its own folder only
        return folder


def copy_of_our_actions(target: Path) -> None:
    """This repository as a runner unpacks it, with `$/` written out, which act does not know."""
    shutil.copytree(ROOT / ".github", target / ".github")
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, target)
    for path in (target / ".github").rglob("*.yml"):
        text = re.sub(r"(uses:\s*)\$/(\S+)", rf"\g<1>{SOURCE}/\g<2>@{VERSION}", path.read_text())
        path.write_text(text)


def commit(repository: Path, origin: str) -> str:
    """Make a folder a git repository of one more commit, and return the commit's id."""
    quiet = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main"]

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(repository), *quiet, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    if not (repository / ".git").exists():
        git("init", "-q")
        git("remote", "add", "origin", f"https://github.com/{origin}.git")
    git("add", "-A")
    git("commit", "-q", "--allow-empty", "-m", "Work")
    return git("rev-parse", "HEAD")


def _json_lines(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _plain_path() -> str:
    """A PATH with python3 and git, and without this project's environment: the action has to bring that."""
    own = str(Path(sys.executable).parent)
    return os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if part and part != own)
