"""Benchmark programs: a figure on the last line, JSON for scripts, and an exit status that tells of a missed aim."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import measure
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PROGRAMS = sorted(path for path in BENCHMARKS.glob("*.py") if "measure.finish(" in path.read_text())
SECONDS = {"ours": [3.0, 3.0, 9.0], "theirs": [2.0, 2.0, 2.0]}


def options(*, as_json: bool = False, check: bool = False) -> argparse.Namespace:
    return argparse.Namespace(json=as_json, check=check, runs=3)


def figure(aim: float) -> measure.Figure:
    return measure.Figure("ours over theirs", 1.5, aim)


def test_the_ratio_is_the_median_of_pairs_so_that_one_noisy_pair_changes_nothing() -> None:
    assert measure.paired_ratio(SECONDS, "ours", "theirs") == 1.5


def test_the_figures_are_the_last_lines(capsys: pytest.CaptureFixture[str]) -> None:
    measure.finish([figure(1.0), figure(2.0)], SECONDS, options())
    assert capsys.readouterr().out.splitlines()[-1] == "ours over theirs: 1.50 (aim: at most 2, met)"


def test_json_is_alone_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    measure.finish([figure(1.0)], SECONDS, options(as_json=True))
    said = json.loads(capsys.readouterr().out)
    assert said["figures"] == [{"figure": "ours over theirs", "ratio": 1.5, "aim": 1.0, "met": False}]


def test_a_missed_aim_is_exit_1_with_check_and_only_then() -> None:
    measure.finish([figure(2.0), figure(1.0)], SECONDS, options())
    with pytest.raises(SystemExit) as ended:
        measure.finish([figure(1.0), figure(2.0)], SECONDS, options(check=True))
    assert ended.value.code == 1


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_every_program_runs_all_sides_and_reports_each_ratio(program: Path) -> None:
    done = subprocess.run(
        [sys.executable, program, "--runs", "0", "--json"], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert len(said["seconds"]) >= 2
    assert all(one["ratio"] > 0 for one in said["figures"])
