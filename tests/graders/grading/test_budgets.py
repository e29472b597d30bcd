"""Budgets in a whole grading: the starter beside the submission, rows in the report, and practice without a starter."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pushmark_graders.grading.grade import grade
from pushmark_graders.grading.job import Job
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.report.model import Report
from pushmark_graders.worker.policy import local

CHECKS = """
from pushmark_graders.checks import task

def ask(side, rounds):
    return side.module("work").answer(rounds)

def measured(submission, starter, budget):
    return budget.measure(ask, submission, starter, [50_000] * 32)

@task(1, points=2)
def test_cheap(submission, starter, budget):
    '''An answer costs half of the starter's.'''
    budget.cpu(measured(submission, starter, budget), at_most=0.5)

@task(1, points=1, needs=["cheap"])
def test_waits(submission):
    '''What is cheap is right.'''

@task(2, points=1)
def test_small(submission, budget):
    '''There is little to keep.'''
    budget.size(submission, "*.py", at_most_mb=1)
"""
STARTER = "def answer(rounds):\n    return sum(i * i for i in range(rounds))\n"
Build = Callable[..., Path]


@pytest.fixture(scope="module")
def lab(write_lab: Build) -> Path:
    return write_lab({"checks/test_work.py": CHECKS})


def graded(write: Build, lab: Path, folder: Path, work: str, *, full: bool) -> Report:
    """A full grading beside the template, or practice in a folder that is both."""
    base = write(folder / "base", {"work.py": STARTER})
    submission = write(folder / "submission", {"work.py": work})
    spec = load_lab(lab)
    job = Job(
        spec=spec,
        base=base if full else submission,
        data=folder / "data",
        submission=submission,
        policy=local(),
        tier="full" if full else "practice",
    )
    return grade(job).report


def states(report: Report) -> dict[str, str]:
    return {check.id: check.state for task in report.tasks for check in task.checks}


def test_the_report_holds_a_row_for_each_verdict(write: Build, lab: Path, tmp_path: Path) -> None:
    report = graded(write, lab, tmp_path, "def answer(rounds):\n    return 0\n", full=True)
    assert states(report) == {"cheap": "passed", "waits": "passed", "small": "passed"}
    assert [(row.check, row.state, row.unit) for row in report.budgets] == [
        ("cheap", "passed", "ms"),
        ("small", "passed", "MiB"),
    ]
    assert report.score.points == 4


def test_who_costs_what_the_starter_costs_fails_and_reads_by_how_much(write: Build, lab: Path, tmp_path: Path) -> None:
    report = graded(write, lab, tmp_path, STARTER, full=True)
    assert states(report) == {"cheap": "failed", "waits": "blocked", "small": "passed"}
    message = report.tasks[0].checks[0].message
    assert message.startswith("CPU time per request: ")
    assert "of the starter's" in message
    assert "at most 0.5 is allowed." in message


def test_practice_leaves_out_what_needs_a_starter_and_keeps_the_rest(write: Build, lab: Path, tmp_path: Path) -> None:
    assert states(graded(write, lab, tmp_path, STARTER, full=False)) == {"small": "passed"}
