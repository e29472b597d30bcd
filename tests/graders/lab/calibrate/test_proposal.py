"""The bounds that follow from measurements lie between what is weak and what is right, with room for luck."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_graders.errors import LabError
from pushmark_graders.lab.calibrate.proposal import Bounds, calibrate, complete, round_step
from pushmark_graders.lab.metric_spec import MetricSpec, faults
from pushmark_graders.report.final import Measurement


def metric(**more: Any) -> MetricSpec:
    keys: dict[str, Any] = {"function": "roc_auc", "baseline": 0.04, "target": 0.08, "margin": 1.0} | more
    return MetricSpec(name="auc", title="AUC", predict="m:predict", points=20, **keys)


def halves(*skills: float, noise: float = 0.006) -> dict[str, list[Measurement]]:
    return {"auc": [Measurement(rows=100, measured=one, skill=one, noise=noise) for one in skills]}


def test_bounds_keep_the_margin_from_the_worst_right_half_and_the_best_weak_one() -> None:
    found = {"starter": halves(-0.08, -0.07), "solution": halves(0.097, 0.1), "honest/a": halves(0.09, 0.11)}
    one = calibrate(metric(reference="static"), found)
    assert one.proposed == Bounds(baseline=0.01, target=0.08, step=0.01)
    assert calibrate(metric(), found).proposed == Bounds(baseline=-0.06, target=0.08, step=0.01)
    assert calibrate(metric(reference="static", margin=3.0), found).proposed == Bounds(
        baseline=0.02, target=0.07, step=0.01
    )


def test_each_submission_and_the_reference_have_a_row() -> None:
    one = calibrate(metric(reference="static"), {"starter": halves(), "solution": halves(0.1, 0.12)})
    assert [(row.name, row.halves) for row in one.rows] == [("reference static", 0), ("starter", 0), ("solution", 2)]
    solution = one.rows[-1]
    assert (solution.lowest, solution.highest, solution.noise) == (0.1, 0.12, 0.006)
    assert solution.mean == pytest.approx(0.11)
    assert solution.deviation == pytest.approx(0.01414, abs=1e-5)


def test_where_lower_is_better_the_target_is_below_the_baseline() -> None:
    found = {"starter": halves(9.0, 8.8, noise=0.1), "solution": halves(5.0, 5.3, noise=0.1)}
    one = calibrate(metric(function="rmse", baseline=9.0, target=5.0), found)
    assert one.proposed == Bounds(baseline=8.7, target=5.4, step=0.1)


def test_without_room_or_without_a_measurement_nothing_is_proposed_and_written() -> None:
    near = calibrate(metric(), {"starter": halves(0.09, 0.1), "solution": halves(0.1, 0.11)})
    lost = calibrate(metric(), {"starter": halves(0.0), "solution": halves(0.1), "honest/a": halves()})
    lone = calibrate(metric(), {"starter": halves(), "solution": halves(0.1)})
    assert [one.proposed for one in (near, lost, lone)] == [None, None, None]
    assert near.problem.startswith("no room: ")
    assert lost.problem == "nothing was measured of honest/a"
    assert lone.problem.startswith("nothing weak was measured")
    with pytest.raises(LabError, match="no room"):
        complete([near])


@pytest.mark.parametrize(
    ("noise", "step"), [(0.0056, 0.01), (0.01, 0.01), (0.011, 0.02), (0.03, 0.05), (1.0, 1.0), (7.0, 10.0)]
)
def test_a_step_is_a_round_number_that_is_no_smaller_than_the_noise(noise: float, step: float) -> None:
    assert round_step(noise) == step


@given(
    weak=st.floats(-1, 0.4), right=st.floats(0.5, 1), noise=st.floats(1e-4, 0.03), margin=st.floats(0, 1.5),
    lower=st.booleans(),
)  # fmt: skip
def test_whatever_is_proposed_is_a_metric_without_faults_whose_margins_hold(
    weak: float, right: float, noise: float, margin: float, lower: bool
) -> None:
    sign = -1 if lower else 1
    spec = metric(function="rmse" if lower else "roc_auc", margin=margin)
    one = calibrate(spec, {"starter": halves(sign * weak, noise=noise), "solution": halves(sign * right, noise=noise)})
    if one.proposed is not None:
        bounds = one.proposed
        assert not faults(metric(
            function=spec.function, baseline=bounds.baseline, target=bounds.target, step=bounds.step
        ))  # fmt: skip
        assert sign * (sign * right - bounds.target) >= margin * noise - 1e-9
        assert sign * (bounds.baseline - sign * weak) >= margin * noise - 1e-9
