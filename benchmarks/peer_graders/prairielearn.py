"""pytest-prairielearn-grader, as its documentation and the start script of its image run it.

The layout is that of the image: the test module in the job's folder, the submission in `test_student/student`.
The grader is root and gives learners' code a user of its own (`--worker-username`), when the benchmark is root;
`nobody` has that part here. The exercise allows no import and no built-in function beyond the safe subset but those
that it needs, as the guide advises; `sandbox` gives each test a process of its own.
Learners see the results file: score, and each test's message at the level "friendly", which its guide advises.
The packages that its answers need (numpy, pandas, networkx, plot-serializer) are those of its full image.
"""

import json
import os
import pwd
import shutil
from collections.abc import Mapping
from pathlib import Path

from peer_graders import base

REQUIREMENTS = (
    "pytest-prairielearn-grader==0.3.1",
    "pytest==9.2.0",
    "numpy==2.4.6",
    "pandas==3.1.1",
    "networkx==3.6.1",
    "plot-serializer==0.2.3",
)
WORKER = "nobody"

TESTS = '''"""The whole exercise. @SOURCE@"""

import random
import statistics

import numpy as np
import pytest
from pytest_prairielearn_grader import ConfigObject
from pytest_prairielearn_grader.fixture import StudentFixture

autograder_config = ConfigObject(
    sandbox_timeout=5.0, import_whitelist=["numpy"], builtin_whitelist=["sum", "len"], output_level="friendly"
)
LABELS = {"key": "@LABELS@"}


@pytest.mark.grading_data(name="total", points=5)
def test_total(sandbox: StudentFixture) -> None:
    assert sandbox.query_function("total", [1.5, 2.5], query_timeout=5.0) == 4.0


@pytest.mark.grading_data(name="discount", points=5)
def test_discount(sandbox: StudentFixture) -> None:
    assert sandbox.query_function("discount", 10.0, 0.2, query_timeout=5.0) == pytest.approx(8.0)


@pytest.mark.grading_data(name="mean", points=5, include_stdout_feedback=False)
def test_mean(sandbox: StudentFixture) -> None:
    values = [random.randrange(1, 100) / 4 for _ in range(20)]
    expected = statistics.mean(values)
    assert sandbox.query_function("mean", values, query_timeout=5.0) == pytest.approx(expected)


@pytest.mark.grading_data(name="predict", points=5, include_stdout_feedback=False)
def test_predict(sandbox: StudentFixture) -> None:
    x = np.random.default_rng().uniform(0.0, 1.0, 30)
    expected = 3.0 * x + 1.0
    np.testing.assert_allclose(sandbox.query_function("predict", x, query_timeout=5.0), expected)
'''


class PrairieLearn:
    name = "pytest-prairielearn-grader"
    one_file = True

    def prepare(self, folder: Path, canaries: base.Canaries) -> None:
        self._python = base.environment("prairielearn", *REQUIREMENTS)
        self._canaries = canaries
        self._tests = folder / "test_student.py"
        self._tests.write_text(canaries.fill(TESTS))
        self._drop = ["--worker-username", WORKER] if os.getuid() == 0 else []
        if self._drop and WORKER not in {user.pw_name for user in pwd.getpwall()}:
            raise base.Unavailable(f"there is no user {WORKER}")

    def versions(self) -> dict[str, str]:
        return base.versions(self._python, "pytest-prairielearn-grader", "pytest")

    def grade(self, files: Mapping[str, str], place: Path) -> base.Graded:
        job = place / "run"
        base.lay(files, job / "test_student" / "student")
        shutil.copy(self._tests, job)
        argv = [str(self._python), "-m", "pytest", "-p", "prairielearn-grader", "--color=no", *self._drop, str(job)]
        env = base.variables(self._python, place, self._canaries)
        ran = base.run(argv, cwd=job, env=env, log=place.with_suffix(".log"))
        results = job / "autograder_results.json"
        seen = results.read_text() if results.exists() else ""
        return base.Graded(_points(seen), seen, ran.seconds)


def _points(results: str) -> float:
    try:
        return float(json.loads(results).get("score", 0.0)) * base.POINTS_EACH * len(base.CHECKS)
    except (ValueError, TypeError, AttributeError):
        return 0.0
