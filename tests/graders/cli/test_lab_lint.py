"""`pushmark lab lint` as an author and a program meet it: a line for each proof, JSON, and the exit status."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
PUSHMARK = Path(sys.executable).with_name("pushmark")


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "labs" / "tiny-lab"))


def lint(lab: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [PUSHMARK, "lab", "lint", lab, *arguments],
        env=kept | {"XDG_CACHE_HOME": str(lab.parent.parent / "cache")} | more,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_each_proof_is_a_line_and_says_whether_it_was_kept(lab: Path) -> None:
    first = lint(lab, "--only", "solution")
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("ok   files\nok   template hides what is hidden\nok   solution  10 of 10, ")
    assert "kept" not in first.stdout
    again = lint(lab)
    assert again.returncode == 0, again.stderr
    assert "ok   solution  10 of 10, kept from an earlier run\nok   starter  0 of 10, " in again.stdout
    assert again.stdout.endswith("1 of 5 kept from an earlier run; --again proves them anew\n")
    assert "kept" not in lint(lab, "--only", "solution", "--again").stdout
    assert "kept" not in lint(lab, "--only", "solution", PUSHMARK_SEED="another").stdout


def test_a_proof_that_fails_says_why_and_ends_with_2_however_often(lab: Path) -> None:
    (lab / "mutants" / "case-matters" / "mutant.toml").write_text('title = "Wrong"\nloses = []\n')
    for _ in range(2):
        ran = lint(lab, "--only", "case-matters", "--json")
        assert ran.returncode == 2
        verdict = json.loads(ran.stdout)[-1]
        assert verdict["name"] == "mutants/case-matters"
        assert not verdict["kept"]
        assert verdict["problems"]
        assert f"FAIL mutants/case-matters  {verdict['points']:g} of 10, " in ran.stderr
        assert f"       {verdict['problems'][0]}\n" in ran.stderr


def test_a_lab_that_cannot_be_graded_ends_with_2_and_its_fault(lab: Path) -> None:
    (lab / "checks" / "test_words.py").write_text("import no_such_module\n")
    ran = lint(lab)
    assert ran.returncode == 2
    assert "No module named 'no_such_module'" in ran.stderr
