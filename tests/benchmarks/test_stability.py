"""What counts as a flip: any verdict that two graded runs do not share."""

import stability
from stability import Run, flips, verdicts_of


def run(*, state: str = "passed", measured: float = 0.7, at_load: str = stability.QUIET) -> Run:
    report = {
        "tasks": [{"checks": [{"id": "a", "state": "passed"}, {"id": "b", "state": state}]}],
        "metrics": [{"name": "auc", "points": 20.0, "measured": measured}],
        "budgets": [{"check": "fast", "state": "passed"}],
        "score": {"points": 25.0, "max": 30.0},
    }
    return Run(at_load, 1.0, verdicts_of(report))


def test_runs_that_agree_have_no_flip_and_an_ungraded_one_is_none() -> None:
    assert flips([run(), run(at_load=stability.BUSY), Run(stability.BUSY, 1.0, None)]) == {}


def test_a_check_that_fails_once_is_a_flip() -> None:
    assert flips([run(), run(), run(state="error", at_load=stability.BUSY)]) == {"b": {"passed": 2, "error": 1}}


def test_a_measurement_that_differs_is_a_flip() -> None:
    assert set(flips([run(), run(measured=0.71)])) == {"auc"}
