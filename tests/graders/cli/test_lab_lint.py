"""`pushmark lab lint` as an author and a program meet it: a row for each proof, JSON, and the exit status."""

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


def rows(printed: str) -> list[str]:
    """The lines of the table, with one blank between cells."""
    return [" ".join(line.split()) for line in printed.splitlines()]


def test_each_proof_is_a_row_and_says_whether_it_was_kept(lab: Path) -> None:
    first = lint(lab, "--only", "solution", "--repeats", "2")
    assert first.returncode == 0, first.stderr
    table = rows(first.stdout)
    assert table[0] == "proof points seconds found"
    assert [row.split()[:2] for row in table[1:8]] == [
        ["ok", "files"], ["ok", "hints"], ["ok", "template"], ["ok", "README"], ["ok", "solution"],
        ["ok", "repeats"], ["ok", "budget"],
    ]  # fmt: skip
    assert table[5].startswith("ok solution 10 of 10 ")
    assert "solution 2 times (1 busy)" in table[6]
    assert table[-1] == "7 of 7 proofs hold."
    assert "4 of 8: README holds" in first.stderr
    again = lint(lab, "--repeats", "2", "--quiet")
    assert again.returncode == 0, again.stderr
    assert again.stderr == ""
    assert "ok solution 10 of 10 kept" in rows(again.stdout)
    assert rows(again.stdout)[-1].startswith("11 of 11 proofs hold; ")
    assert "kept" not in lint(lab, "--only", "solution", "--repeats", "1", "--again").stdout
    assert "kept" not in lint(lab, "--only", "solution", "--repeats", "1", PUSHMARK_SEED="another").stdout


def test_a_proof_that_fails_says_why_and_ends_with_2_however_often(lab: Path) -> None:
    (lab / "mutants" / "case-matters" / "mutant.toml").write_text('title = "Wrong"\nloses = []\n')
    for _ in range(2):
        ran = lint(lab, "--only", "case-matters", "--repeats", "1", "--json")
        assert ran.returncode == 2
        verdict = json.loads(ran.stdout)[-1]
        assert verdict["name"] == "mutants/case-matters"
        assert not verdict["kept"]
        assert "5 of 8: mutants/case-matters FAILS" in ran.stderr
        ran = lint(lab, "--only", "case-matters", "--repeats", "1")
        assert f"FAIL mutants/case-matters {verdict['points']:g} of 10 " in "\n".join(rows(ran.stdout))
        assert "\n".join(["\nmutants/case-matters", *(f"  {one}" for one in verdict["problems"])]) in ran.stdout


def test_a_lab_that_cannot_be_graded_ends_with_2_and_its_fault(lab: Path) -> None:
    (lab / "checks" / "test_words.py").write_text("import no_such_module\n")
    ran = lint(lab)
    assert ran.returncode == 2
    assert "No module named 'no_such_module'" in ran.stderr
