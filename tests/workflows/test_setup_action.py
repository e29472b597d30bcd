"""`setup-pushmark` installs the package of its own commit, caches before learner code runs, and takes what is there."""

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflows.conftest import TINY, Learner


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A fresh Python as far as the action can tell: `pip` only notes what it was asked for, and `venv` copies this."""
    folder = tmp_path / "python"
    folder.mkdir()
    real = Path(sys.executable)
    (folder / "python").write_text(
        f'''#!/bin/sh
case "$2" in
  pip) echo "pip $@" >> {folder}/log ;;
  venv) echo "venv $4" >> {folder}/log; mkdir -p "$4/bin"; cp {folder}/python {folder}/pushmark* "$4/bin" ;;
  *) exec "{real}" "$@" ;;
esac
'''
    )
    for name in ("pushmark", "pushmark-bot"):
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $1" >> {folder}/log\nexec "{real.with_name(name)}" "$@"\n')
    for path in folder.iterdir():
        path.chmod(0o755)
    return folder


def test_a_bare_runner_gets_the_package_of_the_actions_own_commit(learner: Learner, commands: Path) -> None:
    learner.take(TINY / "solution")
    learner.runner = {"TEST_PYTHON": str(commands), "RUNNER_TOOL_CACHE": str(commands.parent / "tools")}
    run, _sha = learner.push()
    assert (run.status, run.jobs) == (0, {"grade": "success", "publish": "success"})
    log = (commands / "log").read_text().splitlines()
    assert [line.split(" ")[0] for line in log] == [
        *["restore", "venv", "pip", "save", "pip", "pushmark", "pushmark"],
        *["restore", "venv", "pip", "save", "pip", "pushmark", "pushmark-bot"],
    ], "the environment is saved without Pushmark, and before the checks run"
    needs = re.findall(r"--constraint (\S+)/constraints\.txt (\S+)\[(\w+)\]$", "\n".join(log), re.MULTILINE)
    assert [(root == package, extra) for root, package, extra in needs] == [(True, "ml"), (True, "bot")]
    itself = re.findall(r"--no-deps --force-reinstall (\S+)$", "\n".join(log), re.MULTILINE)
    assert itself == [package for _, package, _ in needs]
    assert all("pushmark-pushmark-" in package for package in itself), "not the learner's folder"
    keys = {line.split(" ", 1)[1] for line in log if line.startswith(("restore", "save"))}
    assert all(re.fullmatch(r"pushmark-Linux-\w+-[0-9a-f]{16}-(ml|bot)-[0-9a-f]{32}", key) for key in keys)
    assert len(keys) == 2


def test_a_lab_on_pytorch_has_it_installed(
    learner_of: Callable[[Path], Learner], commands: Path, tmp_path: Path
) -> None:
    lab = shutil.copytree(TINY, tmp_path / "tiny-lab", ignore=shutil.ignore_patterns("__pycache__"))
    text = (lab / "lab.toml").read_text()
    (lab / "lab.toml").write_text(text.replace("[[tasks]]", "extras = ['torch']\n[[tasks]]", 1))
    learner = learner_of(lab)
    assert "pushmark[ml,torch]" in (learner.repository / "requirements.txt").read_text()
    learner.take(TINY / "solution")
    learner.runner = {"TEST_PYTHON": str(commands), "RUNNER_TOOL_CACHE": str(tmp_path / "tools")}
    run, _sha = learner.push()
    assert run.jobs["grade"] == "success"
    assert re.search(r"\[ml,torch\]$", (commands / "log").read_text(), re.MULTILINE)


def test_a_runner_that_promises_pushmark_and_has_none_is_told(learner: Learner, tmp_path: Path) -> None:
    learner.runner = {"PUSHMARK_PREINSTALLED": str(tmp_path / "empty")}
    run, _sha = learner.push()
    assert (run.status, run.jobs) == (1, {"grade": "failure"})
    assert run.says_nothing_but("PUSHMARK_PREINSTALLED names no environment with Pushmark in it")
