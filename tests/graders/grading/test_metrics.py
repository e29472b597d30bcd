"""Metrics that the grader measures itself: the number, its interval, the points, and the honesty of the claim."""

import math
import re
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pushmark_graders.checks import HiddenSet
from pushmark_graders.grading import metrics
from pushmark_graders.grading.metrics import judge_claim, measure_metric, score_metric
from pushmark_graders.lab.spec import MetricSpec
from pushmark_graders.report.model import MetricResult
from pushmark_graders.submission.proxy import Connection

Function = Literal["roc_auc", "log_loss", "accuracy", "rmse", "mae"]

BINARY = np.array([0, 0, 1, 1])
SCORES = np.array([0.1, 0.4, 0.35, 0.8])
REAL = np.array([1.0, 2.0, 3.0, 4.0])
GUESSES = np.array([1.0, 2.0, 3.0, 8.0])


def metric(function: Function = "accuracy", **changes: Any) -> MetricSpec:
    fields: dict[str, Any] = {"name": "m", "title": "The metric", "predict": "model:predict", "function": function}
    return MetricSpec(**(fields | {"points": 4.0, "baseline": 0.5, "target": 0.9} | changes))


def score(spec: MetricSpec, labels: np.ndarray, predictions: np.ndarray, claimed: float | None = None) -> MetricResult:
    return score_metric(spec, HiddenSet({}, labels), predictions.astype(float), claimed, seed=1)


@pytest.mark.parametrize(
    ("function", "labels", "predictions", "expected"),
    [
        ("roc_auc", BINARY, SCORES, 0.75),  # the example of scikit-learn's own documentation
        ("roc_auc", BINARY, -SCORES, 0.25),
        ("accuracy", BINARY, SCORES, 0.75),
        ("log_loss", BINARY, np.full(4, 0.5), math.log(2)),
        ("log_loss", BINARY, BINARY, 0.0),
        ("rmse", REAL, GUESSES, 2.0),
        ("mae", REAL, GUESSES, 1.0),
        ("mae", REAL, REAL, 0.0),
    ],
)
def test_a_measurement_has_its_textbook_value(
    function: Function, labels: np.ndarray, predictions: np.ndarray, expected: float
) -> None:
    measured = score(metric(function), labels, predictions).measured
    assert measured == pytest.approx(expected, rel=1e-3, abs=1e-6)


def test_a_certain_and_wrong_probability_costs_much_but_not_infinity() -> None:
    measured = score(metric("log_loss"), BINARY, 1 - BINARY).measured
    assert measured is not None
    assert 10 < measured < 30


def accuracy_of(right: int) -> tuple[np.ndarray, np.ndarray]:
    """100 labels, and predictions of which `right` are."""
    labels = np.arange(100) % 2
    return labels, np.where(np.arange(100) < right, labels, 1 - labels)


@pytest.mark.parametrize(
    ("right", "points", "state"),
    [
        (0, 0.0, "failed"),
        (50, 0.0, "failed"),
        (60, 1.0, "failed"),
        (70, 2.0, "failed"),
        (90, 4.0, "passed"),
        (100, 4.0, "passed"),
    ],
)
def test_points_are_linear_between_baseline_and_target_and_bounded_beyond(
    right: int, points: float, state: str
) -> None:
    result = score(metric(), *accuracy_of(right))
    assert (result.points, result.state, result.max) == (points, state, 4.0)


@pytest.mark.parametrize(("off", "points"), [(3.0, 0.0), (2.0, 0.0), (1.5, 2.0), (1.0, 4.0), (0.0, 4.0)])
def test_of_an_error_less_is_better(off: float, points: float) -> None:
    assert score(metric("rmse", baseline=2.0, target=1.0), REAL, REAL + off).points == points


def test_with_a_reference_the_skill_is_what_is_above_it_on_the_same_rows() -> None:
    labels, predictions = accuracy_of(80)
    hidden = HiddenSet({}, labels, {"always 0": np.zeros(100)})
    spec = metric(reference="always 0", baseline=0.0, target=0.6)
    result = score_metric(spec, hidden, predictions.astype(float), None, seed=1)
    assert (result.measured, result.reference) == (0.8, 0.5)
    assert result.points == pytest.approx(2.0)


@given(
    points=st.floats(0, 100), honesty=st.floats(0, 10), baseline=st.floats(-2, 2), target=st.floats(-2, 2),
    right=st.integers(0, 100), claimed=st.none() | st.floats(-5, 5),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_points_are_never_below_zero_nor_above_the_most(
    points: float, honesty: float, baseline: float, target: float, right: int, claimed: float | None
) -> None:
    if baseline == target:
        return
    spec = metric(points=points, honesty_points=honesty, baseline=baseline, target=target)
    result = score(spec, *accuracy_of(right), claimed)
    assert 0.0 <= result.points <= result.max
    assert result.max == points + honesty


def test_the_interval_covers_the_truth_in_about_nineteen_of_twenty_samples() -> None:
    draw = np.random.default_rng(7)
    covered = 0
    for seed in range(100):
        labels = draw.integers(0, 2, 200)
        predictions = np.where(draw.random(200) < 0.8, labels, 1 - labels).astype(float)
        low, high = metrics.interval(lambda y, p: float(np.mean(y == p)), labels, predictions, seed)
        covered += low <= 0.8 <= high
    assert 88 <= covered <= 99


def test_the_interval_is_the_same_for_the_same_seed() -> None:
    labels, predictions = accuracy_of(70)
    one, other = (score(metric(), labels, predictions) for _ in range(2))
    assert (one.low, one.high) == (other.low, other.high)
    assert one.low is not None
    assert one.high is not None
    assert one.low < 0.7 < one.high


def test_few_rows_of_one_class_do_not_break_the_interval() -> None:
    labels = np.array([0.0, 0.0, 0.0, 1.0])
    result = score(metric("roc_auc"), labels, np.array([0.1, 0.2, 0.3, 0.9]))
    assert (result.low, result.high) == (1.0, 1.0)
    constant = score(metric("accuracy"), np.ones(4, dtype=int), np.array([1.0, 1.0, 0.0, 1.0]))
    assert constant.measured == 0.75
    assert constant.low is not None


@pytest.mark.parametrize(
    ("function", "claimed", "measured", "gap", "honest"),
    [
        ("roc_auc", 0.75, 0.74, 0.01, True),
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
    honest = score(spec, *accuracy_of(70), 0.72)
    assert (honest.points, honest.honest, honest.hint) == (4.0, True, "More.")
    false = score(spec, *accuracy_of(70), 0.95)
    assert (false.points, false.honest, false.hint) == (2.0, False, "Evaluate on unseen rows.")
    assert score(spec, *accuracy_of(70), None).points == 2.0


def test_a_false_claim_keeps_even_a_perfect_model_from_passing() -> None:
    spec = metric("rmse", baseline=2.0, target=1.0, claim="rmse", tolerance=0.1)
    assert score(spec, REAL, REAL + 0.5, 0.1).state == "failed"


def test_a_measurement_is_told_in_four_digits() -> None:
    labels = np.arange(30_000) % 2
    predictions = np.where(np.arange(30_000) < 20_001, labels, 1 - labels)
    assert score(metric(), labels, predictions).measured == 0.6667


def test_absurd_predictions_measure_as_such_without_a_warning() -> None:
    result = score(metric("rmse", baseline=2.0, target=1.0), REAL, np.full(4, 1e300))
    assert (result.points, result.measured, result.state) == (0.0, None, "failed")


MODEL = """
import os
import numpy as np
import pandas as pd

def predict(rows):
    return rows["x"].to_numpy() * 1.0

def as_series(rows):
    return rows["x"] * 1.0

def as_list(rows):
    return rows["x"].tolist()

def short(rows):
    return np.zeros(3)

def wide(rows):
    return np.zeros((len(rows), 1))

def not_a_number(rows):
    return np.where(rows["x"] > 0, np.nan, 0.0)

def endless(rows):
    return np.full(len(rows), np.inf)

def flags(rows):
    return rows["x"].to_numpy() > 0

def words(rows):
    return np.array(["0.5"] * len(rows))

def raises(rows):
    raise ValueError(f"secret: {rows['x'].sum()}")

def vanishes(rows):
    os._exit(0)

def keeps(rows):
    return object()

def other_arguments(table):
    return None

number = 3
"""


@pytest.fixture(scope="module")
def measure(connect: Callable[..., Connection]) -> Callable[[str], MetricResult]:
    connection = connect({"model.py": MODEL, "broken.py": "def predict(:\n"})
    hidden = HiddenSet({"rows": pd.DataFrame({"x": [0, 1, 0, 1]})}, np.array([0, 1, 0, 0]))

    def go(predict: str) -> MetricResult:
        return measure_metric(metric(predict=predict, hint="A hint."), hidden, connection, 0.9, seed=1)

    return go


@pytest.mark.parametrize("name", ["predict", "as_series"])
def test_predictions_are_made_in_the_worker_and_scored_here(measure: Callable[[str], MetricResult], name: str) -> None:
    result = measure(f"model:{name}")
    assert (result.state, result.measured, result.claimed) == ("failed", 0.75, 0.9)
    assert result.message == ""


@pytest.mark.parametrize(
    ("predict", "state", "said"),
    [
        ("model:short", "failed", r"expected one number per row \(4 of them\)"),
        ("model:wide", "failed", "expected one number per row"),
        ("model:as_list", "failed", "expected one number per row"),
        ("model:flags", "failed", "expected one number per row"),
        ("model:words", "failed", "expected one number per row"),
        ("model:not_a_number", "failed", "a prediction is not a finite number"),
        ("model:endless", "failed", "a prediction is not a finite number"),
        ("model:keeps", "failed", "expected one number per row"),
        ("model:number", "failed", "`model:number` is not a function"),
        ("model:missing", "failed", "a name is missing"),
        ("nothing:predict", "failed", "a module is missing"),
        ("model:raises", "error", r"raised ValueError\.$"),
        ("model:other_arguments", "error", "raised TypeError"),
        ("model:vanishes", "error", "the worker ended before it answered"),
        ("broken:predict", "error", "raised SyntaxError"),
    ],
)
def test_predictions_that_are_none_cost_the_points_and_say_why_in_our_words(
    measure: Callable[[str], MetricResult], predict: str, state: str, said: str
) -> None:
    result = measure(predict)
    assert (result.state, result.points, result.max, result.measured) == (state, 0.0, 4.0, None)
    assert result.hint == "A hint."
    assert re.search(said, result.message)
    assert "secret" not in result.message
