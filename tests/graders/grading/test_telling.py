"""What a learner is told of a measurement: points, claims, and never more than a step."""

from typing import Any, Literal

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pushmark_graders.grading import telling
from pushmark_graders.grading.telling import WIDEST, judge_claim, tell, to_step
from pushmark_graders.lab.metric_spec import LOWER_IS_BETTER, MetricSpec
from pushmark_graders.report.final import Measurement
from pushmark_graders.report.model import MetricResult

Function = Literal["roc_auc", "log_loss", "accuracy", "rmse", "mae", "brier", "cost", "ndcg"]
functions = st.sampled_from(["roc_auc", "mae", "brier", "cost", "ndcg"])


def metric(function: Function = "accuracy", **changes: Any) -> MetricSpec:
    fields: dict[str, Any] = {"name": "m", "title": "The metric", "predict": "model:predict", "function": function}
    return MetricSpec(**(fields | {"points": 4.0, "baseline": 0.5, "target": 0.9} | changes))


def told(spec: MetricSpec, measured: float, claimed: float | None = None, **numbers: Any) -> MetricResult:
    skill = measured - numbers.get("reference", 0.0)
    return tell(spec, Measurement(rows=100, measured=measured, skill=skill, **numbers), claimed)


@pytest.mark.parametrize(
    ("measured", "points", "state"),
    [
        (0.0, 0.0, "failed"),
        (0.5, 0.0, "failed"),
        (0.6, 1.0, "failed"),
        (0.7, 2.0, "failed"),
        (0.704, 2.0, "failed"),
        (0.706, 2.1, "failed"),
        (0.894, 3.9, "failed"),
        (0.896, 4.0, "passed"),
        (0.9, 4.0, "passed"),
        (1.0, 4.0, "passed"),
    ],
)
def test_points_are_linear_in_steps_between_baseline_and_target_and_bounded_beyond(
    measured: float, points: float, state: str
) -> None:
    result = told(metric(), measured)
    assert (result.points, result.state, result.max) == (points, state, 4.0)


@pytest.mark.parametrize(("error", "points"), [(3.0, 0.0), (2.0, 0.0), (1.5, 2.0), (1.0, 4.0), (0.0, 4.0)])
def test_of_an_error_less_is_better(error: float, points: float) -> None:
    assert told(metric("rmse", baseline=2.0, target=1.0), error).points == points


def test_measurement_and_reference_tell_no_more_together_than_their_difference() -> None:
    spec = metric(reference="r", baseline=0.0, target=0.6)
    result = told(spec, 0.8149, reference=0.5049)
    assert (result.measured, result.reference) == (0.81, 0.5)
    assert result.points == pytest.approx(4 * 0.31 / 0.6, abs=0.01)
    up = told(spec, 0.7951, reference=0.5049)
    assert (up.measured, up.reference) == (0.79, 0.5), "the measurement alone would be 0.80"


@given(
    points=st.floats(0, 100), honesty=st.floats(0, 10), baseline=st.floats(-2, 2), target=st.floats(-2, 2),
    measured=st.floats(0, 1), claimed=st.none() | st.floats(-5, 5),
)  # fmt: skip
def test_points_are_never_below_zero_nor_above_the_most(
    points: float, honesty: float, baseline: float, target: float, measured: float, claimed: float | None
) -> None:
    assume(baseline != target)
    spec = metric(points=points, honesty_points=honesty, baseline=baseline, target=target)
    result = told(spec, measured, claimed)
    assert 0.0 <= result.points <= result.max
    assert result.max == points + honesty


STEPS = st.sampled_from([0.001, 0.005, 0.01, 0.02, 0.025, 0.05, 0.1, 0.5])


def on_grid(value: float | None, step: float) -> bool:
    return value is None or abs(value / step - round(value / step)) < 1e-6


@given(
    step=STEPS, skill=st.floats(-1, 1), reference=st.none() | st.floats(0, 1),
    below=st.floats(0, 0.2), above=st.floats(0, 0.2), function=functions,
)  # fmt: skip
def test_every_number_that_is_told_is_a_whole_number_of_steps(
    step: float, skill: float, reference: float | None, below: float, above: float, function: Function
) -> None:
    spec = metric(function, step=step, baseline=0.0, target=step * 4, reference="r" if reference is not None else "")
    measured = skill + (reference or 0.0)
    exact = Measurement(
        rows=9, measured=measured, skill=skill, reference=reference, low=measured - below, high=measured + above
    )
    result = tell(spec, exact, None)
    assert all(on_grid(value, step) for value in (result.measured, result.reference, result.low, result.high))
    assert on_grid(result.points, 1.0)
    if result.measured is not None:
        assert abs(result.measured - measured) <= step + 1e-9


@given(step=STEPS, steps=st.integers(-50, 50), inside=st.floats(-0.49, 0.49), other=st.floats(-0.49, 0.49))
def test_two_skills_of_one_step_cannot_be_told_apart(step: float, steps: int, inside: float, other: float) -> None:
    spec = metric("roc_auc", step=step, baseline=0.0, target=step * 5, reference="r", claim="c", tolerance=step)
    one, two = (
        tell(spec, Measurement(rows=9, measured=0.613 + s, skill=s, reference=0.613), 0.7)
        for s in ((steps + inside) * step, (steps + other) * step)
    )
    assert msgspec.json.encode(one) == msgspec.json.encode(two)


@given(
    step=STEPS, measured=st.floats(0.1, 0.9), below=st.floats(0, 0.1), above=st.floats(0, 0.1),
    reference=st.none() | st.floats(0, 1),
)  # fmt: skip
def test_a_told_interval_holds_the_exact_one(
    step: float, measured: float, below: float, above: float, reference: float | None
) -> None:
    spec = metric("roc_auc", step=step, baseline=0.0, target=step, reference="r" if reference is not None else "")
    skill = measured - (reference or 0.0)
    exact = Measurement(
        rows=9, measured=measured, skill=skill, reference=reference, low=measured - below, high=measured + above
    )
    result = tell(spec, exact, None)
    if result.low is None or result.high is None or result.measured is None:
        assert max(below, above) > (WIDEST - 1) * step - 1e-9
        return
    assert result.low <= measured - below + 1e-9
    assert min(measured + above, 1.0) <= result.high + 1e-9
    assert (result.high - result.low) / step <= 2 * WIDEST + 1e-6


def test_an_error_has_an_end_of_its_scale_beyond_which_nothing_is_told() -> None:
    spec = metric("rmse", baseline=2.0, target=1.0, claim="c", honesty_points=1.0, tolerance=0.1)
    assert told(spec, 12.0, 3.0).measured == 12.0
    for error in (12.02, 5e5, 1.2345e12):
        off = told(spec, error, 3.0)
        assert (off.measured, off.low, off.gap, off.points, off.honest) == (None, None, None, 0.0, False)
        assert off.message == "Worse than 12, where the scale ends."
    assert told(spec, 5e5, 6e5).honest is True
    assert told(spec, 5e5).honest is None


bands = st.tuples(st.integers(-20, 20), st.integers(-20, 20)).filter(lambda band: band[0] != band[1])


@given(step=STEPS, band=bands, function=functions, one=st.floats(-2, 2), other=st.floats(-2, 2), r=st.floats(0, 1))
def test_of_two_skills_the_better_one_never_earns_less(
    step: float, band: tuple[int, int], function: Function, one: float, other: float, r: float
) -> None:
    sign = -1 if function in LOWER_IS_BETTER else 1
    first, last = sorted(band, key=lambda at: sign * at)
    spec = metric(function, step=step, baseline=to_step(first * step, step), target=to_step(last * step, step))
    worse, better = sorted((one, other), key=lambda skill: sign * skill)
    assert told(spec, worse + r, reference=r).points <= told(spec, better + r, reference=r).points


@given(
    step=STEPS, band=bands, function=functions, skill=st.floats(-1, 1),
    wide=st.floats(0, 0.5), other=st.floats(0, 0.5), honest=st.booleans(),
)  # fmt: skip
def test_no_interval_changes_points_or_state_whatever_it_holds(
    step: float, band: tuple[int, int], function: Function, skill: float, wide: float, other: float, honest: bool
) -> None:
    ends = (to_step(at * step, step) for at in band)
    spec = metric(function, step=step, baseline=next(ends), target=next(ends), claim="c", honesty_points=1.0)
    one, two = (told(spec, skill, skill if honest else None, low=skill - w, high=skill + w) for w in (wide, other))
    assert (one.points, one.state, one.honest) == (two.points, two.state, two.honest)


@given(step=STEPS, band=bands, inside=st.floats(0.02, 0.48))
def test_a_bound_counts_as_reached_from_half_a_step_before_it(
    step: float, band: tuple[int, int], inside: float
) -> None:
    spec = metric("mae", step=step, baseline=to_step(band[0] * step, step), target=to_step(band[1] * step, step))
    sign = 1 if spec.target > spec.baseline else -1
    assert told(spec, spec.target - sign * inside * step).points == 4.0
    assert told(spec, spec.target - sign * (0.52 + inside / 4) * step).points < 4.0
    assert told(spec, spec.baseline + sign * inside * step).points == 0.0


def test_an_interval_ends_where_the_function_does() -> None:
    wide = {"low": 0.9, "high": 1.1}
    assert told(metric("brier", baseline=1.0, target=0.0), 0.98, **wide).high == 1.0
    assert told(metric("ndcg"), 0.98, **wide).high == 1.0
    assert told(metric("cost", baseline=1.0, target=0.0), 0.98, **wide).high == 1.1


def test_how_many_things_an_error_can_say_is_bounded() -> None:
    spec = metric("rmse", baseline=2.0, target=1.0, step=0.5)
    said = {told(spec, error / 16).measured for error in range(16 * 40)}
    assert len(said) == 2 * 12 + 2


def test_an_attempt_tells_as_many_different_things_as_the_page_on_the_score_channel_counts() -> None:
    """docs/explanation/score-channel.md: 102 skills and 17 intervals for the metric of GateCast 2."""
    spec = metric("roc_auc", baseline=0.04, target=0.08, reference="r", claim="c", tolerance=0.04, honesty_points=10.0)
    for reference in (0.6151, 0.62, 0.6249):
        said, skills = set(), set()
        for hundredth in range(-12600, 7801):  # an AUC from 0 to 1, and skills in halves of a ten thousandth
            skill = hundredth / 20_000
            measured = skill + reference
            if not 0 <= measured <= 1:
                continue
            for wide in (0.001, 0.05, 0.2) if hundredth % 40 else (0.005 + 0.01 * at for at in range(18)):
                exact = Measurement(
                    rows=8000, measured=measured, skill=skill, reference=reference,
                    low=measured - wide, high=measured + wide,
                )  # fmt: skip
                result = tell(spec, exact, 0.728)
                said.add(msgspec.json.encode(result))
                skills.add(result.measured)
        assert len(skills) <= 102
        assert len(said) <= 102 * (WIDEST + 1)


@pytest.mark.parametrize(
    ("function", "claimed", "measured", "gap", "honest"),
    [
        ("roc_auc", 0.75, 0.74, 0.01, True),
        ("roc_auc", 0.76, 0.74, 0.02, True),
        ("roc_auc", 0.99, 0.74, 0.25, False),
        ("roc_auc", 0.60, 0.74, -0.14, True),
        ("rmse", 1.0, 1.01, 0.01, True),
        ("rmse", 0.5, 1.0, 0.5, False),
        ("rmse", 2.0, 1.0, -1.0, True),
        ("log_loss", 0.1, 0.6, 0.5, False),
        ("mae", None, 1.0, None, None),
    ],
)
def test_a_claim_is_judged_by_how_far_it_flatters(
    function: Function, claimed: float | None, measured: float, gap: float | None, honest: bool | None
) -> None:
    found, verdict = judge_claim(metric(function, claim="a", tolerance=0.02), claimed, measured)
    assert found == (pytest.approx(gap) if gap is not None else None)
    assert verdict is honest


def test_an_honest_claim_earns_its_points_and_a_false_one_loses_them_and_gets_its_own_hint() -> None:
    spec = metric(
        claim="test.acc", honesty_points=2.0, tolerance=0.05, hint="More.", honesty_hint="Evaluate on unseen rows."
    )
    honest = told(spec, 0.7, 0.72)
    assert (honest.points, honest.honest, honest.hint) == (4.0, True, "More.")
    false = told(spec, 0.7, 0.95)
    assert (false.points, false.honest, false.hint) == (2.0, False, "Evaluate on unseen rows.")
    assert told(spec, 0.7).points == 2.0


def test_a_false_claim_keeps_even_a_perfect_model_from_passing() -> None:
    spec = metric("rmse", baseline=2.0, target=1.0, claim="rmse", tolerance=0.1)
    assert told(spec, 0.5, 0.1).state == "failed"


@pytest.mark.parametrize(("value", "step", "expected"), [(0.0712, 0.01, 0.07), (-0.004, 0.01, 0.0), (7.3, 2.5, 7.5)])
def test_a_value_goes_to_the_nearest_step_without_the_dust_of_binary_fractions(
    value: float, step: float, expected: float
) -> None:
    assert str(to_step(value, step)) == str(expected)


def test_a_claim_is_told_in_four_digits() -> None:
    assert told(metric(claim="c"), 0.7, 0.123456).claimed == 0.1235
    assert telling.result(metric(), state="failed", claimed=float("nan")).claimed is None
