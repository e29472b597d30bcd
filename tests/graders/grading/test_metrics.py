"""Metrics that the grader measures itself: predictions from a worker, and the exact numbers of each half."""

import math
import re
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pushmark_graders.checks import HiddenSet
from pushmark_graders.grading import metrics
from pushmark_graders.grading.halves import Halves, split
from pushmark_graders.grading.metrics import Measured, measure_metric, measure_rows
from pushmark_graders.lab.spec import MetricSpec
from pushmark_graders.report.final import Measurement
from pushmark_graders.submission.proxy import Connection
from sklearn.metrics import roc_auc_score

Function = Literal["roc_auc", "log_loss", "accuracy", "rmse", "mae"]

BINARY = np.array([0, 0, 1, 1])
SCORES = np.array([0.1, 0.4, 0.35, 0.8])
REAL = np.array([1.0, 2.0, 3.0, 4.0])
GUESSES = np.array([1.0, 2.0, 3.0, 8.0])


def metric(function: Function = "accuracy", **changes: Any) -> MetricSpec:
    fields: dict[str, Any] = {"name": "m", "title": "The metric", "predict": "model:predict", "function": function}
    return MetricSpec(**(fields | {"points": 4.0, "baseline": 0.5, "target": 0.9} | changes))


def exact(spec: MetricSpec, labels: np.ndarray, predictions: np.ndarray) -> Measurement:
    return measure_rows(spec, HiddenSet({}, labels), predictions.astype(float), np.arange(len(labels)), seed=1)


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
    measured = exact(metric(function), labels, predictions).measured
    assert measured == pytest.approx(expected, rel=1e-3, abs=1e-6)


@given(
    rows=st.lists(st.tuples(st.booleans(), st.sampled_from([-1.5, 0.0, 0.1, 0.2, 0.7, 1e9])), min_size=2, max_size=60)
)
def test_the_area_under_the_curve_is_scikit_learns_whatever_the_ties(rows: list[tuple[bool, float]]) -> None:
    labels, scores = (np.array(column) for column in zip(*rows, strict=True))
    assume(labels.any() and not labels.all())
    measured = exact(metric("roc_auc"), labels.astype(int), scores).measured
    assert measured == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


def test_a_certain_and_wrong_probability_costs_much_but_not_infinity() -> None:
    measured = exact(metric("log_loss"), BINARY, 1 - BINARY).measured
    assert measured is not None
    assert 10 < measured < 30


def accuracy_of(right: int) -> tuple[np.ndarray, np.ndarray]:
    """100 labels, and predictions of which `right` are."""
    labels = np.arange(100) % 2
    return labels, np.where(np.arange(100) < right, labels, 1 - labels)


def test_with_a_reference_the_skill_is_what_is_above_it_on_the_same_rows() -> None:
    labels, predictions = accuracy_of(80)
    hidden = HiddenSet({}, labels, {"always 0": np.zeros(100)})
    found = measure_rows(metric(reference="always 0"), hidden, predictions.astype(float), np.arange(50), seed=1)
    assert (found.rows, found.measured, found.reference, found.skill) == (50, 1.0, 0.5, 0.5)


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
    one, other = (exact(metric(), *accuracy_of(70)) for _ in range(2))
    assert (one.low, one.high) == (other.low, other.high)
    assert one.low is not None
    assert one.high is not None
    assert one.low < 0.7 < one.high


def test_few_rows_of_one_class_do_not_break_the_interval() -> None:
    labels = np.array([0.0, 0.0, 0.0, 1.0])
    found = exact(metric("roc_auc"), labels, np.array([0.1, 0.2, 0.3, 0.9]))
    assert (found.low, found.high) == (1.0, 1.0)
    constant = exact(metric("accuracy"), np.ones(4, dtype=int), np.array([1.0, 1.0, 0.0, 1.0]))
    assert constant.measured == 0.75
    assert constant.low is not None


def test_absurd_predictions_measure_as_nothing_without_a_warning() -> None:
    found = exact(metric("rmse", baseline=2.0, target=1.0), REAL, np.full(4, 1e300))
    assert (found.measured, found.skill, found.high) == (None, None, None)


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


HIDDEN = HiddenSet({"rows": pd.DataFrame({"x": [0, 1, 0, 1]})}, np.array([0, 1, 0, 0]))


@pytest.fixture(scope="module")
def measure(connect: Callable[..., Connection]) -> Callable[[str], Measured]:
    connection = connect({"model.py": MODEL, "broken.py": "def predict(:\n"})
    halves = Halves(feedback=np.array([0, 1]), final=np.array([2, 3]))

    def go(predict: str) -> Measured:
        return measure_metric(metric(predict=predict, hint="A hint."), HIDDEN, halves, connection, 0.9, seed=1)

    return go


@pytest.mark.parametrize("name", ["predict", "as_series"])
def test_predictions_are_made_in_the_worker_and_each_half_is_scored_here(
    measure: Callable[[str], Measured], name: str
) -> None:
    measured = measure(f"model:{name}")
    assert (measured.told.state, measured.told.measured, measured.told.claimed) == ("passed", 1.0, 0.9)
    assert measured.told.message == ""
    assert measured.final.final.measured == 0.5
    assert measured.final.feedback_half is not None
    assert measured.final.final_half is not None
    assert (measured.final.feedback_half.measured, measured.final.final_half.measured) == (1.0, 0.5)


def test_all_rows_are_asked_for_in_one_call(connect: Callable[..., Connection]) -> None:
    source = "asked = []\ndef predict(rows):\n    asked.append(len(rows))\n    return rows['x'] * 0.1 + sum(asked)"
    found = measure_metric(metric("mae"), HIDDEN, split(HIDDEN.labels, 1), connect({"model.py": source}), None, seed=1)
    assert found.told.measured == pytest.approx(4, abs=0.5)


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
    measure: Callable[[str], Measured], predict: str, state: str, said: str
) -> None:
    measured = measure(predict)
    result = measured.told
    assert measured.final.final == result
    assert (measured.final.feedback_half, measured.final.final_half) == (None, None)
    assert (result.state, result.points, result.max, result.measured) == (state, 0.0, 4.0, None)
    assert result.hint == "A hint."
    assert re.search(said, result.message)
    assert "secret" not in result.message
