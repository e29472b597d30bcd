"""The fast tier and the full one: which checks belong where, and what one grading of both does once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from pushmark_graders.grading.grade import grade, opened
from pushmark_graders.grading.job import Job
from pushmark_graders.grading.tiers import is_clean, later
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.report.model import Later, Report, Score, Timing
from pushmark_graders.worker.policy import local

CHECKS = {
    "checks/test_a.py": """
    from pushmark_graders.checks import expect, task

    @task(1, points=2)
    def test_one(submission):
        '''One is one.'''
        expect.equal(submission.module("a").one(), 1)

    @task(1, points=4, slow=True)
    def test_many(submission):
        '''Many are many.'''
        expect.equal(submission.module("a").many(), 9)

    @task(1, points=8)
    def test_notices(suite):
        '''Your tests notice a fault.'''
        expect.equal(suite.mutants("tests", repeats=1).killed, 1)
    """,
    "checks/test_hidden_a.py": """
    from pushmark_graders.checks import expect, task

    @task(2, points=16, hidden=True, hint="SECRET")
    def test_secret(submission):
        '''One is one at night.'''
        expect.equal(submission.module("a").one(), 1)
    """,
    "suite/reference/a.py": "def one():\n    return 1\n",
    "suite/mutants/none/a.py": "def one():\n    return 0\n",
}
LOGGED = """
    @task(2, points=32)
    def test_is_logged(training):
        '''The run is logged.'''
        expect.that(bool(training.metrics), "metrics.json is empty.")
"""
TRAINED_CHECKS = {**CHECKS, "checks/test_a.py": CHECKS["checks/test_a.py"] + LOGGED}
TRAINING = """
[training]
stages = ["fit"]
seconds = 60
"""
METRIC = """
[[metrics]]
name = "error"
title = "Error"
predict = "a:predict"
function = "mae"
points = 3
baseline = 1.0
target = 0.1
claim = "mae"
honesty_points = 1
tolerance = 0.1
"""
PIPELINE = "stages:\n  fit:\n    cmd: python fit.py\n    metrics:\n      - metrics.json:\n          cache: false\n"
RIGHT = {
    "a.py": "def one():\n    return 1\ndef many():\n    return 9\n",
    "tests/test_a.py": "import a\ndef test_one():\n    assert a.one() == 1\n",
}
MakeJob = Callable[..., Job]


@pytest.fixture
def job(write_lab: Callable[..., Path], write: Callable[..., Path], tmp_path: Path) -> MakeJob:
    def make(lab: dict[str, str], submission: dict[str, str], more: str = "", **fields: Any) -> Job:
        root = write_lab(lab, more)
        base = write(tmp_path / "base", {"README.md": "read\n", "dvc.yaml": lab.get("dvc.yaml", "")})
        theirs = write(tmp_path / "theirs", {"README.md": "read\n", **submission})
        return Job(
            spec=load_lab(root), base=base, data=root / "data", submission=theirs, policy=local(), seed="mine", **fields
        )

    return make


def states(report: Report) -> dict[str, str]:
    return {check.id: check.state for task in report.tasks for check in task.checks}


def without_time(report: Report) -> Report:
    tasks = [replace(task, checks=[replace(check, seconds=0.0) for check in task.checks]) for task in report.tasks]
    return replace(report, tasks=tasks, timing=Timing(total=0))


def test_a_fast_grading_asks_what_learners_could_ask_themselves_and_says_what_the_full_one_adds(job: MakeJob) -> None:
    lab = {**TRAINED_CHECKS, "dvc.yaml": PIPELINE, "hidden.py": "raise RuntimeError('hidden inputs were made')"}
    report = grade(job(lab, RIGHT, TRAINING + METRIC, tier="fast")).report
    assert (report.tier, report.status, states(report)) == ("fast", "graded", {"one": "passed"})
    assert report.score == Score(points=2, max=2)
    assert report.later == Later(checks=4, metrics=1, points=64, training=True)
    assert report.training is not None
    assert report.training.state == "skipped"
    assert is_clean(report)


def test_where_nothing_is_trained_the_full_tier_takes_over_what_the_fast_one_found(job: MakeJob) -> None:
    asked: list[str] = []
    both = job(CHECKS, RIGHT, on_check=lambda check, _outcome: asked.append(check.id))
    with opened(both) as grading:
        fast = grading.run("fast").report
        result = grading.run("full")
    assert asked == ["one", "notices", "many", "secret"]
    assert (fast.later, result.report.later) == (Later(checks=3, points=28), None)
    assert without_time(result.report) == without_time(grade(both).report)
    assert [test["nodeid"] for test in result.evidence["fast"]["tests"]] == ["checks/test_a.py::test_one"]


def test_where_a_lab_trains_the_full_tier_asks_again_because_training_may_change_the_answers(job: MakeJob) -> None:
    fit = "import json; open('model.txt', 'w').write('2'); json.dump({'mae': 0}, open('metrics.json', 'w'))"
    trained = "import pathlib\ndef one():\n    return 2 if pathlib.Path('model.txt').exists() else 1\n"
    lab = {**TRAINED_CHECKS, "dvc.yaml": PIPELINE}
    with opened(job(lab, {**RIGHT, "dvc.yaml": PIPELINE, "a.py": trained, "fit.py": fit}, TRAINING)) as grading:
        assert states(grading.run("fast").report) == {"one": "passed"}
        report = grading.run("full").report
    assert report.training is not None
    assert report.training.state == "completed", report.training.output
    found = states(report)
    assert (found["one"], found["secret"], found["is-logged"]) == ("failed", "failed", "passed")


def test_a_fast_grading_in_which_something_failed_is_not_clean(job: MakeJob) -> None:
    report = grade(job(CHECKS, {"a.py": "def one():\n    return 0\n"}, tier="fast")).report
    assert states(report) == {"one": "failed"}
    assert not is_clean(report)
    assert not is_clean(replace(report, status="ungraded", tasks=[]))


def test_a_lab_without_anything_for_the_full_tier_has_nothing_later(job: MakeJob) -> None:
    assert later(job(CHECKS, RIGHT).spec, []) == Later()
