"""otter-grader, with an `autograder.zip` from `otter generate` and its defaults.

Grading runs with `otter run`, the documented way on a machine without containers. In a container the same program
grades as here, so that the container guards the host and not the score. Test files are of the exception-based
format, the hidden checks marked `hidden=True`. Learners see what Gradescope shows them of the results: entries
that are visible or visible once published, and the output only where the results say so; by default neither
hidden tests nor the output. Grading runs as an ordinary user that owns the job's folder.
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from peer_graders import base

REQUIREMENTS = ("otter-grader==7.0.0", "ipykernel==7.4.0", "numpy==2.4.6")

PUBLIC = '''"""What a learner may see."""

from otter.test_files import test_case

OK_FORMAT = False
name = "public"
points = 10


@test_case(points=5)
def test_total(total):
    assert total([1.5, 2.5]) == 4.0


@test_case(points=5)
def test_discount(discount):
    assert abs(discount(10.0, 0.2) - 8.0) < 1e-9
'''

HIDDEN = '''"""What only the grader asks. @SOURCE@"""

from otter.test_files import test_case

OK_FORMAT = False
name = "hidden"
points = 10


@test_case(points=5, hidden=True)
def test_mean(mean):
    import random
    import statistics

    values = [random.randrange(1, 100) / 4 for _ in range(20)]
    expected = statistics.mean(values)
    assert abs(mean(values) - expected) < 1e-9


@test_case(points=5, hidden=True)
def test_predict(predict):
    import numpy as np

    labels = {"key": "@LABELS@"}
    x = np.random.default_rng().uniform(0.0, 1.0, 30)
    expected = 3.0 * x + 1.0
    np.testing.assert_allclose(predict(x), expected)
'''


class Otter:
    name = "otter-grader"
    one_file = True

    def prepare(self, folder: Path, canaries: base.Canaries) -> None:
        self._python = base.environment("otter", *REQUIREMENTS)
        self._canaries = canaries
        tests = folder / "tests"
        tests.mkdir()
        (tests / "q1.py").write_text(PUBLIC)
        (tests / "q2.py").write_text(canaries.fill(HIDDEN))
        self._zip = folder / "autograder.zip"
        argv = [str(self._python), "-m", "otter", "generate", "-t", "tests", "-o", str(self._zip), "--no-requirements"]
        subprocess.run(argv, cwd=folder, check=True, capture_output=True)

    def versions(self) -> dict[str, str]:
        return base.versions(self._python, "otter-grader")

    def grade(self, files: Mapping[str, str], place: Path) -> base.Graded:
        base.lay(files, place / "submitted")
        results = place / "out"
        results.mkdir()
        env = base.variables(self._python, place, self._canaries)
        base.hand_over(place, base.learner_uid())
        argv = [str(self._python), "-m", "otter", "run", "-a", str(self._zip), "-o", str(results),
                str(place / "submitted" / base.FILE)]  # fmt: skip
        ran = base.run(argv, cwd=place, env=env, log=place.with_suffix(".log"), uid=base.learner_uid())
        try:
            report = json.loads((results / "results.json").read_text())
            return base.Graded(_points(report), _seen(report, ran.output), ran.seconds)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return base.Graded(0.0, "", ran.seconds)


def _points(report: dict[str, object]) -> float:
    """The total that Gradescope shows: that of the results, or else the sum over their tests."""
    if "score" in report:
        return float(str(report["score"]))
    tests = report["tests"]
    assert isinstance(tests, list)
    return sum(float(test.get("score", 0.0)) for test in tests)


def _seen(report: dict[str, object], output: str) -> str:
    shown = ("visible", "after_published")
    tests = report["tests"]
    assert isinstance(tests, list)
    parts = [json.dumps(test) for test in tests if test.get("visibility", "visible") in shown]
    parts += [str(report.get("output", ""))]
    parts += [output] if report.get("stdout_visibility") in shown else []
    return "\n".join(parts)
