"""Every attack of the corpus, through the command line: none gains, none leaks, none leaves a trace."""

import sys

import pytest

from tests.attacks import oracles
from tests.attacks.cases import Attack, corpus
from tests.attacks.conftest import Arena, Lab, Sink, attack_with

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are confined on Linux")

NAMESPACES = {"pid namespace", "mount namespace", "network namespace"}


@pytest.mark.parametrize("attack", corpus(), ids=lambda attack: attack.id)
def test_an_attack_comes_to_nothing(
    attack: Attack, arena: Arena, lab: Lab, sink: Sink, twin_scores: dict[str, float]
) -> None:
    received = sink.received
    graded = attack_with(arena, sink, attack)
    assert graded.report is not None, (graded.status, graded.sinks["stderr"].decode())
    found = [f"exit status {graded.status}"] if graded.status != 0 else []
    found += oracles.honest_report(graded.report, set(lab.checks))
    found += oracles.twin(graded.report.score.points, twin_scores[attack.twin])
    if not set(graded.report.environment.layers) >= NAMESPACES:
        assert not found, "; ".join(found)  # an ordinary user without user namespaces: the rest needs a sandbox
        return
    found += oracles.leaks(graded.sinks, lab.canaries)
    found += oracles.host(
        survivors=graded.survivors,
        left_behind=graded.left_behind,
        changed=graded.changed,
        received=sink.received - received,
        seconds=graded.seconds,
        limit=attack.seconds,
    )
    assert not found, "; ".join(found)
    states = {check.id: check.state for task in graded.report.tasks for check in task.checks}
    assert {name: states[name] for name in attack.states} == attack.states
    assert set(attack.overlaid) <= set(graded.report.integrity.overlaid)


def test_the_twins_are_worth_attacking(twin_scores: dict[str, float]) -> None:
    assert twin_scores["wrong"] == 0.0
    assert 5.0 < twin_scores["half"] < 15.0


def test_every_attack_says_what_it_attempts() -> None:
    attacks = corpus()
    assert len(attacks) >= 50
    assert len({attack.attempts for attack in attacks}) == len(attacks)
    assert all(attack.attempts.endswith(".") and attack.twin in ("half", "wrong") for attack in attacks)
