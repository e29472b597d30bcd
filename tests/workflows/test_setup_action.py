"""`setup-pushmark` installs the package of its own commit, caches before learner code runs, and takes what is there."""

import re
import sys
from pathlib import Path

import pytest

from tests.workflows.conftest import TINY, Learner


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A fresh Python as far as the action can tell: `pip` only notes what it was asked for."""
    folder = tmp_path / "python"
    folder.mkdir()
    real = Path(sys.executable)
    (folder / "python").write_text(
        f'#!/bin/sh\nif [ "$2" = pip ]; then echo "pip $@" >> {folder}/log; else exec "{real}" "$@"; fi\n'
    )
    for name in ("pushmark", "pushmark-bot"):
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $1" >> {folder}/log\nexec "{real.with_name(name)}" "$@"\n')
    for path in folder.iterdir():
        path.chmod(0o755)
    return folder


def test_a_bare_runner_gets_the_package_of_the_actions_own_commit(learner: Learner, commands: Path) -> None:
    learner.take(TINY / "solution")
    learner.runner = {"TEST_PYTHON": str(commands)}
    run, _sha = learner.push()
    assert (run.status, run.jobs) == (0, {"grade": "success", "publish": "success"})
    log = (commands / "log").read_text().splitlines()
    assert [line.split(" ")[0] for line in log] == [
        *["restore", "pip", "pushmark", "save", "pushmark"],
        *["restore", "pip", "pushmark", "save", "pushmark-bot"],
    ], "the cache is saved before the checks run"
    installed = re.findall(r"--constraint (\S+)/constraints\.txt (\S+)\[(\w+)\]$", "\n".join(log), re.MULTILINE)
    assert [(root == package, extra) for root, package, extra in installed] == [(True, "ml"), (True, "bot")]
    assert all("pushmark-pushmark-" in package for _, package, _ in installed), "not the learner's folder"
    keys = {line.split(" ", 1)[1] for line in log if line.startswith(("restore", "save"))}
    assert all(re.fullmatch(r"pushmark-Linux-\w+-3\.11-(ml|bot)-[0-9a-f]{32}", key) for key in keys)
    assert len(keys) == 2


def test_a_runner_that_promises_pushmark_and_has_none_is_told(learner: Learner, tmp_path: Path) -> None:
    learner.runner = {"PUSHMARK_PREINSTALLED": str(tmp_path / "empty")}
    run, _sha = learner.push()
    assert (run.status, run.jobs) == (1, {"grade": "failure"})
    assert run.says_nothing_but("PUSHMARK_PREINSTALLED names no environment with Pushmark in it")
