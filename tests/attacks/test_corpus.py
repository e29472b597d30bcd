"""Every hostile submission of the corpus, through the command line: none gains, none leaks, none leaves a trace."""

import sys

import pytest

from tests.attacks import selection
from tests.attacks.cases import Attack, corpus
from tests.attacks.judge import Judge

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are confined on Linux")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "attack" in metafunc.fixturenames:
        metafunc.parametrize("attack", selection.of_run(corpus(), metafunc.config), ids=lambda attack: attack.id)


def test_an_attack_comes_to_nothing(attack: Attack, judge: Judge) -> None:
    faults = judge.judge(attack).faults
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("case", selection.fast(corpus()), ids=lambda case: case.id)
def test_an_attack_on_cold_workers_comes_to_nothing(case: Attack, cold_judge: Judge) -> None:
    faults = cold_judge.judge(case).faults
    assert not faults, "\n".join(faults)


def test_none_is_left_out(request: pytest.FixtureRequest) -> None:
    selection.tell_what_is_left_out(corpus(), request.config)


def test_the_twins_are_worth_attacking(judge: Judge) -> None:
    assert judge.twin("lab", "wrong").score.points == 0.0
    assert 5.0 < judge.twin("lab", "half").score.points < 15.0


def test_every_attack_says_what_it_attempts() -> None:
    attacks = corpus()
    assert len(attacks) >= 50
    assert len({attack.attempts for attack in attacks}) == len(attacks)
    assert all(attack.attempts.endswith(".") for attack in attacks)
