"""The demo as its viewer runs it: one command, real git, real grading, HTTP to the fake GitHub."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TINY_LAB = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
BOT = Path(sys.executable).with_name("pushmark-bot")


def play(lab: Path, out: Path | str, *, here: Path | None = None) -> "subprocess.CompletedProcess[str]":
    command = [str(BOT), "demo", str(lab), "--out", str(out)]
    return subprocess.run(command, cwd=here, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> "tuple[subprocess.CompletedProcess[str], Path]":
    """A demo whose folder was named from where its viewer stood."""
    here = tmp_path_factory.mktemp("demo")
    done = play(TINY_LAB, "out", here=here)
    assert done.returncode == 0, done.stderr
    return done, here / "out"


def test_it_ends_with_every_score_and_the_whole_path_of_the_page(
    played: "tuple[subprocess.CompletedProcess[str], Path]",
) -> None:
    done, out = played
    assert "0 of 10" in done.stdout
    assert "10 of 10" in done.stdout
    assert done.stdout.rstrip().endswith(str(out / "index.html"))


def test_one_comment_is_written_and_then_edited(played: "tuple[subprocess.CompletedProcess[str], Path]") -> None:
    done, _ = played
    assert done.stdout.count("Comment created on the pull request") == 1
    assert done.stdout.count("Comment edited on the pull request (2 requests)") == 1


def test_the_page_shows_every_comment_and_needs_no_network(
    played: "tuple[subprocess.CompletedProcess[str], Path]",
) -> None:
    _, out = played
    page = (out / "index.html").read_text()
    assert page.count("<article>") == 2
    assert "10 of 10 points" in page
    assert "<script" not in page
    assert "src=" not in page


def test_every_push_is_a_commit_of_the_origin_and_keeps_its_report(
    played: "tuple[subprocess.CompletedProcess[str], Path]",
) -> None:
    _, out = played
    reports = [json.loads((out / f"push-{number}" / "report.json").read_text()) for number in (1, 2)]
    log = subprocess.run(
        ["git", "-C", out / "origin.git", "log", "--format=%H", "work"], capture_output=True, text=True, check=True
    )
    commits = log.stdout.split()
    assert [report["submission"]["commit"] for report in reports] == [commits[1], commits[0]]
    assert reports[1]["previous"]["points"] == 0


def test_it_refuses_to_replace_a_folder_that_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    done = play(TINY_LAB, tmp_path)
    assert done.returncode == 2
    assert "name another folder with --out" in done.stderr
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_it_runs_again_over_its_own_folder(played: "tuple[subprocess.CompletedProcess[str], Path]") -> None:
    _, out = played
    assert play(TINY_LAB, out).returncode == 0


def test_a_lab_without_a_script_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    lab = tmp_path / "plain"
    lab.mkdir()
    text = (TINY_LAB / "lab.toml").read_text().replace("tiny-lab", "plain")
    (lab / "lab.toml").write_text(text)
    done = play(lab, tmp_path / "out")
    assert done.returncode == 2
    assert "demo/demo.toml: no such file" in done.stderr
