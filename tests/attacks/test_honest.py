"""Every honest submission of the corpus, through the command line: in the sandbox each scores as outside it."""

import sys

import pytest

from tests.attacks import selection
from tests.attacks.honest import Honest, honest_corpus
from tests.attacks.judge import Judge

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are confined on Linux")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", selection.of_run(honest_corpus(), metafunc.config), ids=lambda case: case.id)


def test_an_honest_submission_loses_nothing(case: Honest, judge: Judge) -> None:
    faults = judge.judge(case).faults
    assert not faults, "\n".join(faults)


def test_none_is_left_out(request: pytest.FixtureRequest) -> None:
    selection.tell_what_is_left_out(honest_corpus(), request.config)


def test_every_honest_submission_says_what_it_does() -> None:
    cases = honest_corpus()
    assert len(cases) >= 40
    assert len({case.does for case in cases}) == len(cases)
    assert all(case.does.endswith(".") for case in cases)


def test_the_twins_of_honest_submissions_earn_what_can_be_earned(judge: Judge) -> None:
    solution = judge.twin("workshop", "solution")
    assert all(check.state == "passed" for task in solution.tasks for check in task.checks)
