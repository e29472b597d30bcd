"""The repository that learners get: its workflows are sound, and its commands do what its README says."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pushmark_graders.lab.build import build
from pushmark_graders.lab.spec import load_lab

from tests.workflows.act import ROOT, copy_of_our_actions
from tests.workflows.test_static import tool
from tests.workflows.training_lab import training_lab

TINY = ROOT / "tests" / "fixtures" / "tiny-lab"
LABS = [TINY, *sorted(path.parent for path in (ROOT / "labs").glob("*/lab.toml"))]
TEMPLATE = ROOT / "template_repo"


@pytest.fixture(scope="session", params=LABS, ids=lambda lab: lab.name)
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every lab's template, built for a fork."""
    out = tmp_path_factory.mktemp("template") / "repository"
    build(load_lab(request.param), out, source="someone/their.fork@release-2")
    return out


def workflows(template: Path) -> list[Path]:
    return sorted((template / ".github" / "workflows").glob("*.yml"))


def test_its_workflows_pass_every_linter(template: Path) -> None:
    paths = workflows(template)
    assert tool("actionlint", "-shellcheck=", *paths) == ""
    assert tool("zizmor", "--offline", "--no-progress", "-q", "--persona", "auditor", *paths) == ""
    assert tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *paths) == ""
    for path in paths:
        assert tool("act", "--validate", "--strict", "-W", f".github/workflows/{path.name}", cwd=template) == ""


def test_its_workflows_call_the_source_that_was_asked_for(template: Path) -> None:
    for path in workflows(template):
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            assert re.fullmatch(r"someone/their\.fork/\.github/workflows/[\w-]+\.yml@release-2", job["uses"])
    assert "github.com/someone/their.fork@release-2" in (template / "requirements.txt").read_text()
    for path in template.rglob("*"):
        if path.is_file() and path.suffix in (".yml", ".txt", ".json"):
            assert "pushmark/pushmark" not in path.read_text(), path


def test_every_job_grants_what_the_called_workflow_asks_for(template: Path, tmp_path: Path) -> None:
    copy_of_our_actions(tmp_path)
    for path in workflows(template):
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            called = yaml.safe_load((tmp_path / job["uses"].split("/", 2)[2].split("@")[0]).read_text())
            asked = [one["permissions"] for one in called["jobs"].values()]
            union: dict[str, Any] = {name: access for permissions in asked for name, access in permissions.items()}
            assert job["permissions"] == union, path


def test_every_job_is_guarded_so_that_the_template_does_not_run(template: Path) -> None:
    for path in workflows(template):
        for name, job in yaml.safe_load(path.read_text())["jobs"].items():
            assert "!github.event.repository.is_template" in job["if"], f"{path}: {name}"


def test_only_a_lab_that_trains_has_the_training_workflow(template: Path) -> None:
    has = (template / ".github/workflows/training.yml").exists()
    assert has == (load_lab(template).training is not None)


def test_its_devcontainer_sets_up_with_the_documented_command(template: Path) -> None:
    container = json.loads((template / ".devcontainer" / "devcontainer.json").read_text())
    assert container["postCreateCommand"] == "make setup"
    assert "make setup" in (template / "README.md").read_text()


def make(template: Path, *arguments: str, venv: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    if (venv / ".ready").exists():
        (venv / ".ready").touch()  # newer than the template's requirements: there is nothing to install
    searched = os.pathsep.join([*([str(path)] if path else []), os.environ["PATH"]])
    return subprocess.run(
        ["make", *arguments, f"VENV={venv}"],
        cwd=template,
        env={"PATH": searched, "HOME": str(venv.parent), "OMP_NUM_THREADS": "1", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """An environment that `make setup` has no reason to touch once `.ready` is new: this project's own commands."""
    folder = tmp_path / "venv"
    (folder / "bin").mkdir(parents=True)
    for name in ("python", "pushmark", "dvc"):
        script = folder / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{Path(sys.executable).with_name(name)}" "$@"\n')
        script.chmod(0o755)
    (folder / ".ready").touch()
    return folder


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    out = tmp_path / "tiny"
    build(load_lab(TINY), out)
    return out


def test_make_lists_every_command_of_the_readme(tiny: Path, venv: Path) -> None:
    listed = make(tiny, venv=venv).stdout
    for command in re.findall(r"`?make ([a-z]+)", (TEMPLATE / "README.md").read_text()):
        assert f"make {command} " in listed


def test_make_check_runs_the_checks_of_one_task(tiny: Path, venv: Path) -> None:
    shutil.copytree(TINY / "mutants" / "ties-backwards" / "src", tiny / "src", dirs_exist_ok=True)
    one = make(tiny, "check", "TASK=1", venv=venv)
    assert (one.returncode, "5 of 5" in one.stdout) == (0, True), one.stderr
    both = make(tiny, "check", venv=venv)
    assert (both.returncode, "5 of 8" in both.stdout) == (2, True), both.stderr


def test_make_setup_refuses_an_old_python_and_says_what_to_type(tiny: Path, tmp_path: Path) -> None:
    old = tmp_path / "old" / "python3"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    refused = make(tiny, "setup", venv=tmp_path / "none", path=old.parent)
    assert refused.returncode == 2
    assert "make setup PYTHON=python3.12" in refused.stderr
    assert not (tmp_path / "none").exists()


def test_make_train_says_so_when_the_lab_trains_nothing(tiny: Path, venv: Path) -> None:
    assert make(tiny, "train", venv=venv).stdout == "This lab trains nothing.\n"


def test_make_train_fetches_the_data_and_tracks_the_run(tmp_path: Path, venv: Path) -> None:
    out = tmp_path / "trains"
    build(load_lab(training_lab(tmp_path)), out, template=TEMPLATE)
    trained = make(out, "train", venv=venv)
    assert trained.returncode == 0, trained.stderr
    assert json.loads((out / "metrics.json").read_text()) == {"words": 3.0}
    assert (out / "mlflow.db").is_file()
    again = make(out, "train", venv=venv)
    assert "didn't change" in again.stdout, "only what changed runs again"
