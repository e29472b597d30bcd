"""The comparison on a cohort: a grader that does not give full marks stops it, and the table says what was measured."""

import ast
import subprocess
from pathlib import Path

import memory
import overhead
import pytest
import regrade
from peer_graders import bare_pytest, base, check50, cohort, nbgrader, otter
from peer_graders.cohort import Cohort
from pushmark_graders.lab.spec import load_lab

COHORT = Cohort({"ada": "one = 1\n", "bob": "one = 1\n"}, overhead.bodies(), 2)
FULL = {"ada": 100.0, "bob": 100.0}
OURS = regrade.Result(regrade.OURS, {"pushmark": "0.1.0"}, [0.1, 0.2, 0.1])


def done(status: int = 0) -> "subprocess.CompletedProcess[str]":
    return subprocess.CompletedProcess([], status, "", "it broke")


def test_the_checks_of_the_long_program_are_worth_full_marks_and_its_lab_can_be_graded(tmp_path: Path) -> None:
    _, lab = overhead.write(tmp_path)
    assert "torch._dynamo" in load_lab(lab).submission.preload
    assert COHORT.points_each * len(COHORT.bodies) == cohort.FULL


def test_no_submission_is_the_same_as_another() -> None:
    assert len(set(regrade.learners(5).values())) == 5


def test_full_marks_for_all_let_it_go_on() -> None:
    regrade.full_marks("other", COHORT, FULL, done())


def test_a_grader_that_says_it_failed_is_not_believed() -> None:
    with pytest.raises(SystemExit, match="exit status 123"):
        regrade.full_marks("other", COHORT, FULL, done(123))


@pytest.mark.parametrize(
    ("points", "told"),
    [
        ({"ada": 100.0, "bob": 95.0}, "bob: 95 of 100 points"),
        ({"ada": 100.0}, "bob: no points"),
        ({}, "ada: no points"),
        (FULL | {"eve": 100.0}, "eve: is no submission"),
    ],
)
def test_anything_else_stops_it_with_the_reason(points: dict[str, float], told: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        regrade.full_marks("other", COHORT, points, done())
    assert told in str(stopped.value)
    assert "it broke" in str(stopped.value)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("....\n20 passed in 1.20s\n", 20.0),
        ("20 passed in the docstring\n1 failed, 19 passed in 2.10s", 19.0),
        ("no tests ran in 0.01s", 0.0),
        ("", 0.0),
    ],
)
def test_the_last_line_of_pytest_says_how_many_passed(said: str, number: float) -> None:
    assert bare_pytest.passed(said) == number


@pytest.mark.parametrize(
    ("report", "number"),
    [
        ('{"results": [{"passed": true}, {"passed": false}, {"passed": null}]}', 1),
        ('{"error": {"type": "Error"}}', 0),
        ("", 0),
    ],
)
def test_check50_counts_what_passed_and_an_error_is_nothing(report: str, number: int) -> None:
    assert check50.passed(report) == number


def test_nbgrader_exports_students_who_did_not_hand_in_too() -> None:
    rows = [
        {"student_id": "ada", "score": "100.0"},
        {"student_id": "bob", "score": "0.0"},
    ]
    assert nbgrader.marks(rows) == {"ada": 100.0}


def test_otter_and_check50_get_programs_with_every_check() -> None:
    for text in (otter.tests(COHORT), check50.checks(COHORT)):
        names = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
        assert names == [f"test_{number}" for number in range(overhead.CHECKS)]


def test_one_process_runs_for_each_submission(tmp_path: Path) -> None:
    submissions = cohort.lay(COHORT, tmp_path)
    argv = cohort.one_each(submissions, 2, ["wc", "-c", f"{submissions}/NAME/{cohort.MODULE}"])
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert sorted(line.split()[0] for line in said.splitlines()) == ["8", "8"]


class Broken:
    """A grader that cannot be installed."""

    name = check50.Check50.name

    def prepare(self, *_: object) -> cohort.Command:
        raise base.Unavailable("no network")

    def versions(self) -> dict[str, str]:
        return {}

    def clear(self) -> None:
        raise AssertionError

    def points(self, *_: object) -> dict[str, float]:
        raise AssertionError


def test_a_grader_that_cannot_be_installed_is_skipped_said_and_no_aim_met(tmp_path: Path) -> None:
    results = [*regrade.compare([(Broken(), COHORT)], tmp_path, 1), OURS]
    assert "check50            unavailable: no network" in regrade.table(results)
    assert "check50: not measured, aim at least 8" in regrade.missed(results, HELD)


def test_the_table_has_seconds_of_a_submission_paired_ratios_and_aims() -> None:
    theirs = regrade.Result("otter-grader", {"otter-grader": "7.0.0"}, [2.5, 3.0, 9.0], cohort=16)
    lines = regrade.table([theirs, regrade.Result("nbgrader", {}, [6.0, 6.0, 6.0]), OURS]).splitlines()
    assert lines[1].split()[:9] == ["otter-grader", "16", "3.000", "2.500-9.000", "25.00", "at", "least", "20,", "met"]
    assert lines[2].split() == ["nbgrader", "0", "6.000", "6.000-6.000", "60.00"]
    assert lines[3].split()[:6] == ["pushmark", "regrade", "0", "0.100", "0.100-0.200", "-"]


HELD = memory.Workers(4, 33.0, 34.0, 260.0, memory.Held(39.0), memory.Held(300.0), 2)


def test_an_aim_is_missed_by_a_ratio_that_is_too_small_and_by_a_worker_that_holds_too_much() -> None:
    slow = regrade.Result("check50", {}, [1.7, 1.7, 1.7])
    fast = regrade.Result("check50", {}, [0.7, 0.7, 0.7])
    assert regrade.missed([slow, OURS], HELD) == []
    assert regrade.missed([fast, OURS], HELD) == ["check50: 7.00, aim at least 8"]
    large = memory.Workers(4, 61.0, 61.0, 260.0, memory.Held(), memory.Held(), 2)
    assert regrade.missed([slow, OURS], large) == ["private memory of a worker: 61 MB, aim under 60 MB"]
    assert regrade.missed([slow, OURS], None) == ["private memory of a worker: not measured, aim under 60 MB"]
