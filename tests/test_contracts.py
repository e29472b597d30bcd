"""The import contracts of pyproject.toml: they hold, and each of them can fail."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
NAMES = [contract["name"] for contract in CONFIGURATION["contracts"]]

BREACHES = {
    "graders never import the bot": ("graders/pushmark_graders/report/breach.py", "import pushmark_bot\n"),
    "one package talks to GitHub": ("bot/pushmark_bot/breach.py", "def later():\n    import github\n"),
    "one module starts processes": ("graders/pushmark_graders/lab/breach.py", "from subprocess import run\n"),
}


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Run `lint-imports` over the packages below `root`, as `make lint` does over ours."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", root / "pyproject.toml"],
        cwd=root,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(str(root / part) for part in ("graders", "bot")),
            "NO_COLOR": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages and their configuration, to break."""
    for part in ("graders", "bot"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_holds() -> None:
    ran = lint_imports(ROOT)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for name in NAMES:
        assert f"{name} KEPT" in " ".join(ran.stdout.split())


def test_every_contract_has_a_breach_that_is_tried() -> None:
    assert set(BREACHES) <= set(NAMES)


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_of_a_contract_is_found_and_named(copy: Path, name: str) -> None:
    path, text = BREACHES[name]
    (copy / path).write_text(text)
    ran = lint_imports(copy)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert f"{name} BROKEN" in " ".join(ran.stdout.split())
    assert "breach" in ran.stdout
