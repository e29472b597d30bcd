"""`pushmark regrade` as people and programs meet it: what goes where, the exit status, and what a crash leaves."""

import contextlib
import csv
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pushmark_graders.cli import cohort as shown
from pushmark_graders.cohort.regrade import Outcome
from pushmark_graders.lab.build import rendered
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.lab.variants import materialise, variants
from pushmark_graders.report import schema

from tests.graders.cohort.conftest import alive, descendants, wait_until

TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
PUSHMARK = Path(sys.executable).with_name("pushmark")


@dataclass
class Ran:
    status: int
    out: str
    err: str

    @property
    def lines(self) -> dict[str, dict[str, object]]:
        told = [json.loads(line) for line in self.out.splitlines()]
        return {one["label"]: one for one in told}


def variables(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
    return kept | more


def regrade(*arguments: str | Path, cwd: Path, **more: str) -> Ran:
    command = [PUSHMARK, "regrade", TINY, *arguments, "--policy", "local"]
    done = subprocess.run(
        command, cwd=cwd, env=variables(**more), capture_output=True, text=True, check=False, timeout=300
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def everyone(tmp_path: Path) -> Path:
    """A folder that holds submissions: two that score all, one that scores nothing."""
    base = rendered(load_lab(TINY)).template
    layers = {one.name: one.layers for one in variants(load_lab(TINY))}
    for name, variant in (("ada", "solution"), ("grace", "honest/by-hand"), ("new", "starter")):
        materialise(layers[variant], base, tmp_path / "all" / name)
    return tmp_path / "all"


def test_a_cohort_is_graded_and_told_as_a_table_a_csv_file_and_reports(everyone: Path, tmp_path: Path) -> None:
    ran = regrade("--each", everyone, "--csv", "table.csv", cwd=tmp_path)
    assert ran.status == 0, ran.err
    rows = [line.split() for line in ran.out.splitlines()]
    assert ["ada", "graded", "10", "of", "10"] in [row[:5] for row in rows]
    assert ["new", "graded", "0", "of", "10"] in [row[:5] for row in rows]
    assert "3 graded (0 cached). The reports are in reports." in ran.out
    assert "3 of 3: " in ran.err
    with (tmp_path / "table.csv").open() as file:
        table = {row["submission"]: row for row in csv.DictReader(file)}
    assert list(table) == ["ada", "grace", "new"]
    assert (table["new"]["points"], table["new"]["max"], table["new"]["cached"]) == ("0", "10", "no")
    assert schema.load(tmp_path / table["ada"]["report"]).score.points == 10


def test_lines_of_json_come_alone_on_standard_output_and_say_what_was_there_already(
    everyone: Path, tmp_path: Path
) -> None:
    first = regrade(everyone / "ada", "--jsonl", "--quiet", "--out", "out", cwd=tmp_path)
    assert (first.status, first.err) == (0, "")
    second = regrade("--each", everyone, "--jsonl", "--quiet", "--out", "out", cwd=tmp_path)
    assert {label: one["cached"] for label, one in second.lines.items()} == {"ada": True, "grace": False, "new": False}
    told = second.lines["ada"]
    assert told == first.lines["ada"] | {"cached": True}
    assert (told["report"], told["status"], told["points"], told["max"]) == ("out/ada.json", "graded", 10.0, 10.0)
    again = regrade(everyone / "ada", "--jsonl", "-q", "--out", "out", "--again", cwd=tmp_path)
    assert not again.lines["ada"]["cached"]


def test_the_seed_may_come_from_the_environment_and_is_told_nowhere(everyone: Path, tmp_path: Path) -> None:
    ran = regrade(everyone / "ada", "--cold", cwd=tmp_path, PUSHMARK_SEED="the-seed-of-all")
    assert ran.status == 0
    assert "practice seed" not in ran.err
    assert "the-seed-of-all" not in ran.out + ran.err
    assert schema.load(tmp_path / "reports" / "ada.json").timing.workers == "cold"
    assert regrade(everyone / "ada", cwd=tmp_path).out.split().count("new") == 1


def test_one_that_cannot_be_graded_is_status_3_and_the_others_are_graded(everyone: Path, tmp_path: Path) -> None:
    for number in range(60):
        (everyone / "new" / "src" / "tiny" / f"more{number}.py").write_text("")
    ran = regrade("--each", everyone, "--jobs", "1", cwd=tmp_path)
    assert ran.status == 3
    assert "new: the submission has 62 editable files; the lab allows 50" in ran.out
    assert "2 graded (0 cached), 1 not graded." in ran.out
    assert sorted(path.name for path in (tmp_path / "reports").glob("*.json")) == ["ada.json", "grace.json"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ([], "Missing argument"),
        (["nobody"], "nobody: no such folder"),
        (["all@main"], "all: not a git repository"),
        (["all/ada", "--out", "file"], "cannot be written"),
        (["all/ada", "--csv", "all"], "all cannot be written"),
        (["all/ada", "--jobs", "-1"], "Invalid value"),
        (["all/ada", "--each", "--policy", "none"], "none: no policy"),
    ],
)
def test_wrong_usage_is_status_2_and_says_what_to_do(
    arguments: list[str], what: str, everyone: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    command = [str(PUSHMARK), "regrade", str(TINY), *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=variables(), capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert what in done.stderr
    assert "Traceback" not in done.stderr


@contextlib.contextmanager
def running(folder: Path, *arguments: str | Path) -> Iterator["subprocess.Popen[str]"]:
    child = subprocess.Popen(
        [PUSHMARK, "regrade", TINY, *arguments, "--policy", "local", "--jsonl", "--quiet", "--jobs", "2"],
        cwd=folder, env=variables(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


@pytest.fixture
def many(everyone: Path, tmp_path: Path) -> Path:
    """Twelve submissions: enough to be interrupted."""
    base = rendered(load_lab(TINY)).template
    for number in range(12):
        materialise([TINY / "solution"], base, tmp_path / "many" / f"learner-{number:02}")
    return tmp_path / "many"


def started_by(child: "subprocess.Popen[str]") -> set[int]:
    return descendants(child.pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whatever_ends_it_leaves_no_process_and_whole_reports_and_the_next_run_does_the_rest(
    number: signal.Signals, many: Path, tmp_path: Path
) -> None:
    with running(tmp_path, "--each", many) as child:
        assert child.stdout is not None
        told = json.loads(child.stdout.readline())
        seen = started_by(child)
        assert seen
        for _ in range(20):
            seen |= started_by(child)
            time.sleep(0.01)
        os.killpg(child.pid, number)
        status = child.wait(60)
        assert status == (130 if number in (signal.SIGINT, signal.SIGTERM) else -number)
    wait_until(lambda: not alive(seen))
    done = {path.stem: path.read_bytes() for path in (tmp_path / "reports").glob("*.json")}
    assert told["label"] in done
    assert len(done) < 12
    assert all(schema.parse(content).score.points == 10 for content in done.values())
    rest = regrade("--each", many, "--jsonl", "--quiet", cwd=tmp_path)
    assert (rest.status, rest.err) == (0, "")
    assert len(rest.lines) == 12
    kept = {label for label, one in rest.lines.items() if one["cached"]}
    assert told["label"] in kept <= set(done)
    assert len(set(done) - kept) <= 1  # a report whose key was not written yet is made again
    assert all((tmp_path / "reports" / f"{label}.json").read_bytes() == done[label] for label in kept)
    assert not list((tmp_path / "reports" / ".regrade" / "scratch").iterdir())
    assert len(list((tmp_path / "reports").glob("*.json"))) == 12


def test_a_commit_of_a_repository_is_graded_and_named(everyone: Path, tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A", "-f"], ["commit", "-q", "-m", "All"]):
        subprocess.run([*git, *command], cwd=everyone / "ada", check=True, capture_output=True)
    ran = regrade("all/ada@main", "all/ada@HEAD", "--jsonl", "-q", cwd=tmp_path)
    assert ran.status == 0, ran.err
    assert {one["points"] for one in ran.lines.values()} == {10.0}
    assert sorted(ran.lines) == ["ada@HEAD", "ada@main"]


def test_a_terminal_shows_a_bar_and_nothing_of_it_is_left_in_the_table(everyone: Path, tmp_path: Path) -> None:
    parent, child = pty.openpty()
    command = [str(PUSHMARK), "regrade", str(TINY), "--each", str(everyone), "--policy", "local"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=variables(TERM="xterm", COLUMNS="100"),
        stdout=subprocess.PIPE,
        stderr=child,
        text=True,
    ) as running_now:
        os.close(child)
        seen = b""
        with contextlib.suppress(OSError):  # Linux says so when the last writer is gone
            while chunk := os.read(parent, 4096):
                seen += chunk
        out = running_now.communicate(timeout=300)[0]
    os.close(parent)
    assert b"3/3" in seen
    assert "\x1b" not in out
    assert "3 graded" in out


def test_a_table_shows_what_a_name_holds_without_obeying_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    one = Outcome(label="ada", status="ungraded", message="\x1b[2J[bold]x.py cannot be taken in")
    shown.table([one], tmp_path)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "[bold]x.py cannot be taken in" in out
    assert "0 graded (0 cached), 1 not graded" in out
