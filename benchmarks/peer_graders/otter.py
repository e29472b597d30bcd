"""otter-grader, with an `autograder.zip` from `otter generate` and its defaults.

Grading runs with `otter run`, the documented way on a machine without containers. In a container the same program
grades as here, so that the container guards the host and not the score. Test files are of the exception-based
format, the hidden checks marked `hidden=True`. Learners see what Gradescope shows them of the results: entries
that are visible or visible once published, and the output only where the results say so; by default neither
hidden tests nor the output. Grading runs as an ordinary user that owns the job's folder.

A cohort is graded in the same way: one `otter run` for each submission, as many at a time as there are cores, for
`otter grade`, which takes a folder of them, needs containers.
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from peer_graders import base, cohort

GRADER = ("otter-grader==7.0.0", "ipykernel==7.4.0")
REQUIREMENTS = (*GRADER, "numpy==2.4.6")

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
        _generate(self._python, folder, self._zip)

    def versions(self) -> dict[str, str]:
        return base.versions(self._python, "otter-grader")

    def grade(self, files: Mapping[str, str], place: Path) -> base.Graded:
        base.lay(files, place / "submitted")
        results = place / "out"
        results.mkdir()
        env = base.variables(self._python, place, self._canaries)
        base.hand_over(place, base.learner_uid())
        argv = _run(self._python, self._zip, results, place / "submitted" / base.FILE)
        ran = base.run(argv, cwd=place, env=env, log=place.with_suffix(".log"), uid=base.learner_uid())
        try:
            report = json.loads((results / "results.json").read_text())
            return base.Graded(_points(report), _seen(report, ran.output), ran.seconds)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return base.Graded(0.0, "", ran.seconds)


class OtterCohort:
    name = "otter-grader"

    def prepare(self, folder: Path, wanted: cohort.Cohort) -> cohort.Command:
        self._python = cohort.environment("otter", *GRADER)
        self._results = [folder / "results" / name for name in wanted.learners]
        autograder = folder / "autograder.zip"
        base.lay({"q1.py": tests(wanted)}, folder / "tests")
        _generate(self._python, folder, autograder)
        submissions = cohort.lay(wanted, folder / "submissions")
        one = _run(self._python, autograder, folder / "results" / "NAME", submissions / "NAME" / cohort.MODULE)
        env = base.plain_variables(self._python, folder)
        return cohort.Command(cohort.one_each(submissions, wanted.cores, one), env, folder)

    def versions(self) -> dict[str, str]:
        return base.versions(self._python, "otter-grader")

    def clear(self) -> None:
        for results in self._results:
            cohort.empty(results)

    def points(self, output: str) -> dict[str, float]:
        del output
        reports = [results / "results.json" for results in self._results]
        return {report.parent.name: _points(json.loads(report.read_text())) for report in reports if report.exists()}


def tests(wanted: cohort.Cohort) -> str:
    """All checks as the test cases of one question, so that a submission's environment is made once."""
    head = 'from otter.test_files import test_case\n\nOK_FORMAT = False\nname = "all"\n'
    intro = "    import types\n\n    import numpy as np\n\n    learner = types.SimpleNamespace(**env)\n"
    cases = [
        f"@test_case(points={wanted.points_each})\ndef test_{number}(env):\n{intro}{body}"
        for number, body in enumerate(wanted.bodies)
    ]
    return "\n\n".join([head, *cases])


def _generate(python: Path, folder: Path, target: Path) -> None:
    """Make the autograder of the tests in `folder`."""
    argv = [str(python), "-m", "otter", "generate", "-t", "tests", "-o", str(target), "--no-requirements"]
    subprocess.run(argv, cwd=folder, check=True, capture_output=True)


def _run(python: Path, autograder: Path, results: Path, submission: Path) -> list[str]:
    return [str(python), "-m", "otter", "run", "-a", str(autograder), "-o", str(results), str(submission)]


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
