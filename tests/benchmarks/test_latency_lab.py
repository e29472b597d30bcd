"""Whether a threshold is safe: far from both sides in spreads, and between them."""

import latency_lab
import pytest

FAST, SLOW = [0.010, 0.011, 0.012], [0.98, 1.0, 1.02]


def test_a_threshold_is_measured_in_spreads_from_both_sides() -> None:
    found = latency_lab.judge("CPU", 0.025, FAST, SLOW)
    assert found.from_solution == pytest.approx(14.0)
    assert found.from_starter == pytest.approx(48.75)
    assert found.is_safe


@pytest.mark.parametrize("bound", [0.013, 0.95, 0.005, 1.5])
def test_a_threshold_near_a_side_or_beyond_it_is_not_safe(bound: float) -> None:
    assert not latency_lab.judge("CPU", bound, FAST, SLOW).is_safe
