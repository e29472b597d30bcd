"""A learner whose pushes are marked: the built template of the tiny lab, real `act`, and the shipped fake GitHub."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from pushmark_bot.testing import CheckRun, Comment, FakeGitHub
from pushmark_graders.lab.build import build
from pushmark_graders.lab.spec import load_lab

from tests.workflows.act import ROOT, Act, Run, commit

TINY = ROOT / "tests" / "fixtures" / "tiny-lab"
REPOSITORY = "ada/tiny-lab"


@dataclass
class Learner:
    """Ada, her repository, and GitHub as far as she sees it. `runner` is how Pushmark gets onto the runner."""

    folder: Path
    github: FakeGitHub
    permissions: dict[str, Any]
    runner: dict[str, str] = field(default_factory=lambda: {"PUSHMARK_PREINSTALLED": sys.prefix})
    number: int = 0
    runs: list[Run] = field(default_factory=list)

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    @property
    def token(self) -> str:
        return self.github.actions_token(REPOSITORY, self.permissions)

    @property
    def comments(self) -> list[Comment]:
        return self.github.comments(REPOSITORY, self.number)

    def check_runs(self, sha: str) -> list[CheckRun]:
        return self.github.check_runs(REPOSITORY, sha)

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.repository / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def take(self, folder: Path) -> None:
        """Copy somebody's files over her own."""
        shutil.copytree(folder, self.repository, dirs_exist_ok=True, ignore=shutil.ignore_patterns("mutant.toml"))

    def push(
        self,
        event: str = "pull_request",
        *,
        workflow: str = "pushmark.yml",
        fork: bool = False,
        draft: bool = False,
        **repository: Any,
    ) -> tuple[Run, str]:
        """Commit, push, and wait for the workflow; returns its run and the commit's id."""
        sha = commit(self.repository, REPOSITORY)
        payload: dict[str, Any] = {
            "ref": "refs/heads/main",
            "repository": {"full_name": REPOSITORY, "default_branch": "main", "is_template": False, **repository},
        }
        if event == "pull_request":
            if self.number:
                self.github.set_head(REPOSITORY, self.number, sha)
            else:
                self.number = self.github.seed_pull(REPOSITORY, head_sha=sha)
            head = {"sha": sha, "ref": "work", "repo": {"full_name": "eve/tiny-lab" if fork else REPOSITORY}}
            base = {"ref": "main", "repo": {"full_name": REPOSITORY}}
            pull = {"number": self.number, "draft": draft, "head": head, "base": base}
            payload |= {"number": self.number, "pull_request": pull}
        token = self.token
        environment = {"GITHUB_API_URL": self.github.url, "PUSHMARK_PAUSE": "0", "OMP_NUM_THREADS": "1", **self.runner}
        act = Act(self.folder / f"act-{len(self.runs)}", token, environment)
        run = act.run(self.repository, event, workflow, payload)
        assert token not in run.raw, "the token is in the log"
        self.runs.append(run)
        return run, sha


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as github:
        github.seed_repo(REPOSITORY)
        yield github


@pytest.fixture
def learner_of(tmp_path: Path, github: FakeGitHub) -> Callable[[Path], Learner]:
    """Start somebody in the template of a lab."""

    def start(lab: Path) -> Learner:
        learner = Learner(tmp_path, github, publish_permissions())
        build(load_lab(lab), learner.repository)
        return learner

    return start


@pytest.fixture
def learner(learner_of: Callable[[Path], Learner]) -> Learner:
    return learner_of(TINY)


def publish_permissions() -> dict[str, Any]:
    """What the publishing job asks for, and so all that its token may do here."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/practice-grade.yml").read_text())
    permissions: dict[str, str] = workflow["jobs"]["publish"]["permissions"]
    return {name.replace("-", "_"): access for name, access in permissions.items()}
