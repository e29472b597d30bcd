"""pytest and pytest-json-report in one process: the usual set-up of a job that grades a repository.

The course's `tests` folder replaces whatever is in the checkout under that name; then, as the documentation of
pytest-json-report says, `python -m pytest --json-report --json-report-file=report.json`, so that the checkout is
importable; a later step reads the report. In the course's favour the exit status counts for nothing, and points
are given for the four expected checks by name: added, missing and skipped ones earn none. The learner sees the
job's log. The job runs as an ordinary user that owns the checkout.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from peer_graders import base

REQUIREMENTS = ("pytest==9.2.0", "pytest-json-report==1.5.0", "numpy==2.4.6")

PUBLIC = '''"""What a learner may see."""

import pytest
from student_code import discount, total


def test_total():
    assert total([1.5, 2.5]) == 4.0


def test_discount():
    assert discount(10.0, 0.2) == pytest.approx(8.0)
'''

HIDDEN = '''"""What only the grader asks. @SOURCE@"""

import random
import statistics

import numpy as np
import pytest
from student_code import mean, predict

LABELS = {"key": "@LABELS@"}


def test_mean():
    values = [random.randrange(1, 100) / 4 for _ in range(20)]
    expected = statistics.mean(values)
    assert mean(values) == pytest.approx(expected)


def test_predict():
    x = np.random.default_rng().uniform(0.0, 1.0, 30)
    expected = 3.0 * x + 1.0
    np.testing.assert_allclose(predict(x), expected)
'''


class OneProcess:
    name = "pytest + pytest-json-report"
    one_file = False

    def prepare(self, folder: Path, canaries: base.Canaries) -> None:
        self._python = base.environment("one-process", *REQUIREMENTS)
        self._canaries = canaries
        self._tests = folder / "tests"
        self._tests.mkdir()
        (self._tests / "test_public.py").write_text(PUBLIC)
        (self._tests / "test_hidden.py").write_text(canaries.fill(HIDDEN))

    def versions(self) -> dict[str, str]:
        return base.versions(self._python, "pytest", "pytest-json-report")

    def grade(self, files: Mapping[str, str], place: Path) -> base.Graded:
        checkout = place / "checkout"
        base.lay(files, checkout)
        shutil.rmtree(checkout / "tests", ignore_errors=True)
        shutil.copytree(self._tests, checkout / "tests")
        env = base.variables(self._python, place, self._canaries)
        base.hand_over(place, base.learner_uid())
        argv = [str(self._python), "-m", "pytest", "tests", "--json-report", "--json-report-file=report.json"]
        ran = base.run(argv, cwd=checkout, env=env, log=place.with_suffix(".log"), uid=base.learner_uid())
        return base.Graded(_points(checkout / "report.json"), ran.output, ran.seconds)


def _points(report: Path) -> float:
    try:
        tests = json.loads(report.read_text())["tests"]
        passed = {str(test["nodeid"]).rpartition("::test_")[2] for test in tests if test["outcome"] == "passed"}
    except (OSError, ValueError, TypeError, KeyError):
        return 0.0
    return base.POINTS_EACH * len(passed & set(base.CHECKS))
