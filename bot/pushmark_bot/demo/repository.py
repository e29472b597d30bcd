"""The learner's repository and its origin: real git, in a folder of the demo."""

import shutil
from pathlib import Path

from pushmark_graders import process
from pushmark_graders.lab.variants import materialise

BRANCH = "work"
_SETTINGS = {
    "user.name": "Learner",
    "user.email": "learner@example.org",
    "init.defaultBranch": "main",
    "core.hooksPath": "/dev/null",
    "commit.gpgsign": "false",
}


def _git(*arguments: str | Path, cwd: Path) -> str:
    settings = [part for key, value in _SETTINGS.items() for part in ("-c", f"{key}={value}")]
    return process.run(["git", *settings, *arguments], cwd=cwd, timeout=120).stdout.strip()


class Repository:
    """A clone of the template that a learner works in, and the bare origin that it is pushed to."""

    def __init__(self, template: Path, parent: Path) -> None:
        self._template = template
        self._origin = parent / "origin.git"
        self.folder = parent / "learner"
        shutil.copytree(template, self.folder)
        _git("init", "--quiet", "--bare", self._origin, cwd=parent)
        _git("init", "--quiet", cwd=self.folder)
        _git("remote", "add", "origin", self._origin, cwd=self.folder)
        _git("add", "--all", cwd=self.folder)
        _git("commit", "--quiet", "-m", "Start from the template", cwd=self.folder)
        _git("push", "--quiet", "origin", "HEAD:main", cwd=self.folder)
        _git("switch", "--quiet", "-c", BRANCH, cwd=self.folder)

    def push(self, layers: list[Path], message: str) -> str:
        """Replace the working tree by the template under `layers`, commit, push; returns the commit."""
        for path in self.folder.iterdir():
            if path.name == ".git":
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        materialise(layers, self._template, self.folder)
        _git("add", "--all", cwd=self.folder)
        _git("commit", "--quiet", "--allow-empty", "-m", message, cwd=self.folder)
        _git("push", "--quiet", "origin", f"HEAD:{BRANCH}", cwd=self.folder)
        return _git("rev-parse", "HEAD", cwd=self.folder)

    def fetch(self, commit: str, into: Path) -> Path:
        """The files of `commit` as the grader gets them: no history, no hooks."""
        into.mkdir(parents=True)
        _git("--git-dir", self._origin, "--work-tree", into, "checkout", "--quiet", commit, "--", ".", cwd=into)
        return into
