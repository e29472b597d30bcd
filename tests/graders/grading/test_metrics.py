"""Metrics that the grader measures itself: predictions from a worker, and the exact numbers of each half."""

import re
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_graders.checks import HiddenSet
from pushmark_graders.grading.halves import Halves, split
from pushmark_graders.grading.metrics import Answer, Measured, measure_half, measure_metric, measure_rows
from pushmark_graders.grading.telling import tell
from pushmark_graders.lab.metric_spec import MetricSpec
from pushmark_graders.report.final import Measurement, Slice
from pushmark_graders.submission.proxy import Connection

Function = Literal["roc_auc", "accuracy", "rmse", "mae", "cost", "ndcg"]

REAL = np.array([1.0, 2.0, 3.0, 4.0])


def metric(function: Function = "accuracy", **changes: Any) -> MetricSpec:
    fields: dict[str, Any] = {"name": "m", "title": "The metric", "predict": "model:predict", "function": function}
    return MetricSpec(**(fields | {"points": 4.0, "baseline": 0.5, "target": 0.9} | changes))


def exact(spec: MetricSpec, labels: np.ndarray, predictions: np.ndarray) -> Measurement:
    answer = Answer(predictions.astype(float))
    return measure_rows(spec, HiddenSet({}, labels), answer, np.arange(len(labels)), seed=1)


def accuracy_of(right: int) -> tuple[np.ndarray, np.ndarray]:
    """100 labels, and predictions of which `right` are."""
    labels = np.arange(100) % 2
    return labels, np.where(np.arange(100) < right, labels, 1 - labels)


def test_with_a_reference_the_skill_is_what_is_above_it_on_the_same_rows() -> None:
    labels, predictions = accuracy_of(80)
    hidden = HiddenSet({}, labels, {"always 0": np.zeros(100)})
    answer = Answer(predictions.astype(float))
    found = measure_rows(metric(reference="always 0"), hidden, answer, np.arange(50), seed=1)
    assert (found.rows, found.measured, found.reference, found.skill) == (50, 1.0, 0.5, 0.5)


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


CUTS = """
import numpy as np

seen = []
lowest = 0.25
flag = True
huge = 10**400
of_numpy = np.float32(0.75)
whole = np.int64(1)
endless = float("nan")

def predict(rows):
    seen.append(len(rows))
    return rows["x"].to_numpy() * 0.5

def as_scores(rows):
    return rows["x"].to_numpy() * 5.0

def chosen():
    return 0.75 if not seen else 0.25

def raises():
    raise ValueError("secret")

def words():
    return "0.5"

def keeps():
    return object()
"""
COST: dict[str, Any] = {"baseline": 1.0, "target": 0.0, "false_positive_cost": 1.0, "false_negative_cost": 1.0}


@pytest.fixture(scope="module")
def cut_at(connect: Callable[..., Connection]) -> Callable[..., Measured]:
    connection = connect({"cuts.py": CUTS})
    halves = Halves(feedback=np.array([0, 1]), final=np.array([2, 3]))

    def go(place: str, predict: str = "predict") -> Measured:
        spec = metric("cost", predict=f"cuts:{predict}", threshold_from=place and f"cuts:{place}", **COST)
        return measure_metric(spec, HIDDEN, halves, connection, None, seed=1)

    return go


def test_a_submission_may_choose_its_threshold_before_it_sees_a_hidden_row(cut_at: Callable[..., Measured]) -> None:
    assert cut_at("chosen").told.measured == 0.5, "0.75 acts on nothing: the late row is missed"
    assert cut_at("lowest").told.measured == 0.0
    assert (cut_at("of_numpy").told.measured, cut_at("whole").told.measured) == (0.5, 0.5)
    assert cut_at("").told.measured == 0.0, "the best threshold for equal costs is 0.5"


@pytest.mark.parametrize("place", ["flag", "huge", "endless", "words", "keeps"])
def test_a_threshold_that_is_none_costs_the_points(cut_at: Callable[..., Measured], place: str) -> None:
    told = cut_at(place).told
    assert (told.state, told.points) == ("failed", 0.0)
    assert re.search(f"`cuts:{place}` is not a finite number|not plain data", told.message)


def test_a_threshold_function_that_raises_is_the_submissions_error(cut_at: Callable[..., Measured]) -> None:
    told = cut_at("raises").told
    assert (told.state, told.message) == ("error", "Predictions on hidden rows failed: raised ValueError.")


def test_where_probabilities_are_taken_a_score_is_no_answer(cut_at: Callable[..., Measured]) -> None:
    told = cut_at("lowest", "as_scores").told
    assert told.state == "failed"
    assert "a prediction is no probability, from 0 to 1" in told.message


def test_a_ranking_counts_within_groups_and_its_interval_draws_whole_groups() -> None:
    random = np.random.default_rng(1)
    groups = np.repeat(np.arange(50), 8)
    gains = random.integers(0, 3, 400)
    hidden = HiddenSet({}, gains, {"chance": random.random(400)}, groups)
    spec = metric("ndcg", k=5, reference="chance", baseline=0.0, target=0.4)
    found = measure_rows(spec, hidden, Answer(gains + random.normal(size=400)), split(gains, 1, groups).feedback, 1)
    assert found.measured is not None
    assert found.low is not None
    assert found.high is not None
    assert found.noise is not None
    assert found.reference is not None
    assert found.reference < 0.7 < found.low < found.measured < found.high < 1.0
    assert 0.005 < found.noise < 0.1


def test_where_the_luck_is_the_days_only_blocks_show_how_wide_the_interval_is() -> None:
    random = np.random.default_rng(1)
    day = np.arange(4_000) // 100
    labels = random.normal(size=40)[day] + random.normal(size=4_000)
    half = split(labels, 1, day).feedback
    widths = []
    for blocks in (None, day):
        found = measure_rows(
            metric("mae"), HiddenSet({}, labels, blocks=blocks), Answer(np.full(4_000, 2.0)), half, seed=1
        )
        assert found.low is not None
        assert found.high is not None
        widths.append(found.high - found.low)
    assert widths[1] > 3 * widths[0]


@pytest.mark.parametrize("function", ["roc_auc", "mae"])
def test_slices_are_measured_alone_on_each_half_the_worst_first(function: Function) -> None:
    random = np.random.default_rng(1)
    labels, weak = random.integers(0, 2, 2_000), np.arange(2_000) < 600
    answers = labels + random.normal(size=2_000) * np.where(weak, 3.0, 0.5)
    slices = {"strong": ~weak, "weak": weak, "ones": labels == 1}
    hidden = HiddenSet({}, labels, {"r": random.random(2_000)}, slices=slices)
    half = split(labels, 1).final
    spec = metric(function, reference="r")
    found = {one.name: one for one in measure_rows(spec, hidden, Answer(answers), half, 1).slices}
    assert next(iter(found)) == "weak"
    alone = measure_rows(spec, hidden, Answer(answers), half[weak[half]], 1)
    assert found["weak"] == Slice(name="weak", rows=alone.rows, measured=alone.measured, skill=alone.skill)
    assert (found["ones"].measured is None) == (function == "roc_auc"), "of one class there is no AUC"
    assert list(found)[-1] == "ones" or function != "roc_auc"


def test_a_learner_is_told_nothing_of_slices() -> None:
    labels, predictions = accuracy_of(80)
    slices = {"even": np.arange(100) % 2 == 0}
    spec, rows = metric(), np.arange(100)
    plain, sliced = (
        measure_rows(spec, HiddenSet({}, labels, slices=named), Answer(predictions * 1.0), rows, seed=1)
        for named in ({}, slices)
    )
    assert sliced.slices
    assert tell(spec, plain, 0.8) == tell(spec, sliced, 0.8)


REPEATED = """
from pathlib import Path
import numpy as np

calls = []

def predict(rows, seed):
    calls.append(seed)
    assert len(calls) == 1 and not Path("note").exists(), "an earlier repeat is still here"
    Path("note").write_text("mine")
    return np.full(len(rows), float(seed))

def fails_once(rows, seed):
    if seed == 5:
        raise ValueError("secret")
    return np.full(len(rows), float(seed))
"""


@pytest.fixture(scope="module")
def repeat(connect: Callable[..., Connection]) -> Callable[..., Measured]:
    connection = connect({"model.py": REPEATED})
    halves = Halves(feedback=np.array([0, 1]), final=np.array([2, 3]))

    def go(seeds: list[int], predict: str = "predict") -> Measured:
        spec = metric("mae", predict=f"model:{predict}", baseline=9.0, target=0.0, step=0.5, repeats=len(seeds))
        return measure_metric(spec, HIDDEN, halves, connection, None, seed=1, repeat_seeds=seeds)

    return go


def test_repeats_ask_fresh_workers_with_a_seed_each_and_the_median_counts(repeat: Callable[..., Measured]) -> None:
    measured = repeat([8, 2, 5])
    assert measured.told.measured == 4.5, measured.told.message
    half = measured.final.feedback_half
    assert half is not None
    assert (half.measured, half.skill, half.repeats) == (4.5, 4.5, [7.5, 1.5, 4.5])
    assert half.noise is not None
    assert half.noise >= 3.0, "the spread of the repeats is noise, too"


def test_a_repeat_that_fails_is_no_measurement(repeat: Callable[..., Measured]) -> None:
    told = repeat([8, 5, 2], "fails_once").told
    assert (told.state, told.measured, told.points) == ("error", None, 0.0)
    assert told.message == "Predictions on hidden rows failed: raised ValueError."


@given(errors=st.lists(st.floats(0, 100), min_size=3, max_size=9).filter(lambda found: len(found) % 2 == 1))
def test_the_median_of_repeats_is_one_that_was_measured(errors: list[float]) -> None:
    labels = np.zeros(4)
    answers = [Answer(np.full(4, error)) for error in errors]
    found = measure_half(metric("mae", baseline=9.0, target=0.0), HiddenSet({}, labels), answers, np.arange(4), 1)
    assert found.measured == pytest.approx(np.median(errors))
    assert found.repeats == pytest.approx(errors)


def test_a_repeat_off_all_scales_counts_as_the_worst() -> None:
    answers = [Answer(np.full(4, error)) for error in (1e300, 1.0, 2.0)]
    spec = metric("rmse", baseline=9.0, target=0.0)
    found = measure_half(spec, HiddenSet({}, np.zeros(4)), answers, np.arange(4), 1)
    assert (found.measured, found.noise, found.repeats) == (2.0, None, [None, 1.0, 2.0])
