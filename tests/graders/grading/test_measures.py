"""The functions of `[[metrics]]`: textbook values, scikit-learn's, and what ties and degenerate rows give."""

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pushmark_graders.grading import measures
from pushmark_graders.grading.measures import Draw, Rows, measure_of
from pushmark_graders.lab.metric_spec import MetricSpec
from sklearn import metrics as sklearn
from sklearn.calibration import calibration_curve

BINARY = np.array([0, 0, 1, 1])
SCORES = np.array([0.1, 0.4, 0.35, 0.8])
REAL = np.array([1.0, 2.0, 3.0, 4.0])
GUESSES = np.array([1.0, 2.0, 3.0, 8.0])


def exact(function: str, labels: Any, answers: Any, groups: Any = None, **keys: Any) -> float:
    fields: dict[str, Any] = {"name": "m", "title": "M", "predict": "m:p", "function": function, "points": 1.0}
    spec = MetricSpec(**(fields | {"baseline": 0.0, "target": 1.0} | keys))
    rows = Rows(np.array(labels), np.array(answers, dtype=float), None if groups is None else np.array(groups))
    return measure_of(spec)(rows)


@pytest.mark.parametrize(
    ("function", "labels", "predictions", "expected"),
    [
        ("roc_auc", BINARY, SCORES, 0.75),  # the example of scikit-learn's own documentation
        ("roc_auc", BINARY, -SCORES, 0.25),
        ("average_precision", BINARY, SCORES, 0.8333),  # likewise
        ("average_precision", BINARY, np.zeros(4), 0.5),
        ("accuracy", BINARY, SCORES, 0.75),
        ("log_loss", BINARY, np.full(4, 0.5), math.log(2)),
        ("log_loss", BINARY, BINARY, 0.0),
        ("brier", BINARY, np.full(4, 0.5), 0.25),
        ("brier", BINARY, 1 - BINARY, 1.0),
        ("rmse", REAL, GUESSES, 2.0),
        ("mae", REAL, GUESSES, 1.0),
        ("mae", REAL, REAL, 0.0),
    ],
)
def test_a_measure_has_its_textbook_value(
    function: str, labels: np.ndarray, predictions: np.ndarray, expected: float
) -> None:
    assert exact(function, labels, predictions) == pytest.approx(expected, rel=1e-3, abs=1e-6)


chances = st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.9, 1.0]) | st.floats(0, 1)
answered = st.lists(st.tuples(st.booleans(), chances), min_size=1, max_size=60)
scored = st.lists(st.tuples(st.booleans(), st.sampled_from([-1.5, 0.0, 0.1, 0.2, 0.7, 1e9])), min_size=2, max_size=60)


def columns(rows: list[tuple[bool, float]]) -> tuple[np.ndarray, np.ndarray]:
    labels, values = (np.array(column) for column in zip(*rows, strict=True))
    return labels.astype(int), values


@given(rows=scored)
def test_a_measure_of_order_is_scikit_learns_whatever_the_ties(rows: list[tuple[bool, float]]) -> None:
    labels, scores = columns(rows)
    assume(labels.any() and not labels.all())
    assert exact("roc_auc", labels, scores) == pytest.approx(sklearn.roc_auc_score(labels, scores), abs=1e-12)
    expected = sklearn.average_precision_score(labels, scores)
    assert exact("average_precision", labels, scores) == pytest.approx(expected, abs=1e-12)


@given(rows=answered)
def test_a_measure_of_chances_is_scikit_learns(rows: list[tuple[bool, float]]) -> None:
    labels, values = columns(rows)
    assert exact("brier", labels, values) == pytest.approx(sklearn.brier_score_loss(labels, values), abs=1e-12)
    assume(labels.any() and not labels.all())
    expected = sklearn.log_loss(labels, np.clip(values, 1e-9, 1 - 1e-9))
    assert exact("log_loss", labels, values) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("function", ["roc_auc", "average_precision", "log_loss"])
def test_a_measure_of_two_classes_does_not_exist_for_one(function: str) -> None:
    assert math.isnan(exact(function, [1, 1, 1], [0.1, 0.2, 0.3]))


@pytest.mark.parametrize("function", ["roc_auc", "average_precision", "log_loss"])
def test_the_larger_of_two_labels_is_the_positive_class_whatever_they_are(function: str) -> None:
    assert exact(function, [-1, -1, 3, 3], SCORES) == exact(function, BINARY, SCORES)


def test_a_certain_and_wrong_probability_costs_much_but_not_infinity() -> None:
    assert 10 < exact("log_loss", BINARY, 1 - BINARY) < 30


def slow_calibration_error(labels: np.ndarray, values: np.ndarray, bins: int) -> Fraction:
    """By the definition: each row to the bin of the middle of its equals' ranks, in whole fractions."""
    found: dict[int, list[tuple[int, Fraction]]] = {}
    for label, value in zip(labels, values, strict=True):
        below, equal = int((values < value).sum()), int((values == value).sum())
        at = math.floor((Fraction(below) + Fraction(equal, 2)) * bins / len(values))
        found.setdefault(at, []).append((int(label), Fraction(float(value))))
    gaps = [abs(sum((label - value for label, value in rows), Fraction(0))) for rows in found.values()]
    return sum(gaps, Fraction(0)) / len(values)


@given(rows=answered, bins=st.integers(1, 20))
def test_the_calibration_error_is_its_definition_whatever_the_ties(rows: list[tuple[bool, float]], bins: int) -> None:
    labels, values = columns(rows)
    expected = float(slow_calibration_error(labels, values, bins))
    assert exact("calibration_error", labels, values, bins=bins) == pytest.approx(expected, abs=1e-12)


@given(bins=st.integers(1, 8), each=st.integers(1, 9), seed=st.integers(0, 2**32 - 1))
def test_without_ties_the_bins_are_the_quantiles_of_scikit_learn(bins: int, each: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    labels, values = random.integers(0, 2, bins * each), random.random(bins * each)
    assume(labels.any() and not labels.all())
    true, said = calibration_curve(labels, values, n_bins=bins, strategy="quantile")
    found = exact("calibration_error", labels, values, bins=bins)
    assert found == pytest.approx(float(np.mean(np.abs(true - said))), abs=1e-9)


@given(rows=answered, seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(rows: list[tuple[bool, float]], seed: int) -> None:
    labels, values = columns(rows)
    order = np.random.default_rng(seed).permutation(len(labels))
    for function, keys in CHANCES.items():
        one, other = exact(function, labels, values, **keys), exact(function, labels[order], values[order], **keys)
        assert one == pytest.approx(other, abs=1e-12, nan_ok=True)


CHANCES: dict[str, dict[str, Any]] = {
    "roc_auc": {},
    "average_precision": {},
    "log_loss": {},
    "brier": {},
    "calibration_error": {"bins": 5},
    "cost": {"false_positive_cost": 1.0, "false_negative_cost": 4.0},
}


@given(rows=answered, cut=st.floats(0, 1), wrong=st.tuples(st.floats(0.1, 9), st.floats(0.1, 9)))
def test_the_cost_is_that_of_the_confusion_matrix(
    rows: list[tuple[bool, float]], cut: float, wrong: tuple[float, float]
) -> None:
    labels, values = columns(rows)
    costs = {"false_positive_cost": wrong[0], "false_negative_cost": wrong[1]}
    table = sklearn.confusion_matrix(labels, values >= cut, labels=[0, 1])
    expected = (table[0, 1] * wrong[0] + table[1, 0] * wrong[1]) / len(labels)
    assert exact("cost", labels, values, threshold=cut, **costs) == pytest.approx(expected, abs=1e-9)


@given(
    hundredths=st.lists(st.integers(1, 99), min_size=1, max_size=5),
    wrong=st.tuples(st.floats(0.1, 9), st.floats(0.1, 9)),
)
def test_at_the_best_threshold_true_chances_cost_least(hundredths: list[int], wrong: tuple[float, float]) -> None:
    """Rows in which each chance is exactly the share of ones among its hundred."""
    labels = np.concatenate([np.arange(100) < share for share in hundredths]).astype(int)
    values = np.repeat(np.array(hundredths) / 100, 100)
    best = measures.cost(labels, values, measures.best_threshold(*wrong), *wrong)
    for cut in (0.0, *np.unique(values), 1.1):
        assert best <= measures.cost(labels, values, float(cut), *wrong) + 1e-9


def test_without_a_threshold_of_its_own_a_cost_takes_the_best_one_for_its_costs() -> None:
    labels, values = [0, 1, 1], [0.15, 0.25, 0.9]  # with 4 to 1 the best threshold is 0.2
    assert exact("cost", labels, values, false_positive_cost=1.0, false_negative_cost=4.0) == 0.0
    assert exact("cost", labels, values, false_positive_cost=4.0, false_negative_cost=1.0) == pytest.approx(1 / 3)


def test_the_submissions_threshold_counts_where_the_lab_gives_none() -> None:
    fields: dict[str, Any] = {
        "name": "m",
        "title": "M",
        "predict": "m:p",
        "points": 1.0,
        "baseline": 1.0,
        "target": 0.0,
    }
    spec = MetricSpec(**fields, function="cost", false_positive_cost=1.0, false_negative_cost=1.0, threshold_from="m:t")
    rows = Rows(np.array([0, 1]), np.array([0.6, 0.8]))
    assert measure_of(spec)(rows) == 0.5
    assert measure_of(spec, 0.7)(rows) == 0.0


ranked = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=12
)


def by_group(rows: list[tuple[int, int, float]]) -> list[tuple[np.ndarray, np.ndarray]]:
    groups: dict[int, list[tuple[int, float]]] = {}
    for group, gain, score in rows:
        groups.setdefault(group, []).append((gain, score))
    return [(np.array([gain for gain, _ in one]), np.array([score for _, score in one])) for one in groups.values()]


def mean_over_orders(gains: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> float:
    """Of all orders of the rows that the scores allow."""
    orders = [
        order for order in itertools.permutations(range(len(scores)))
        if all(scores[one] >= scores[next_] for one, next_ in itertools.pairwise(order))
    ]  # fmt: skip
    return float(np.mean([np.sum(gains[list(order)] * weights) for order in orders]))


small = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.sampled_from([0.0, 1.0])), min_size=1, max_size=6)


@given(rows=small, k=st.integers(1, 5))
def test_precision_at_k_is_the_mean_over_all_orders_of_its_ties(rows: list[tuple[int, int, float]], k: int) -> None:
    expected = [mean_over_orders(gains, scores, (np.arange(len(gains)) < k) / k) for gains, scores in by_group(rows)]
    groups, gains, scores = zip(*rows, strict=True)
    assert exact("precision_at_k", gains, scores, groups, k=k) == pytest.approx(np.mean(expected), abs=1e-12)


@given(rows=ranked, k=st.none() | st.integers(1, 6))
def test_the_discounted_gain_is_scikit_learns_mean_over_groups(
    rows: list[tuple[int, int, float]], k: int | None
) -> None:
    expected = [
        sklearn.ndcg_score([gains], [scores], k=k)
        if len(gains) > 1
        else float(gains[0] > 0)  # it takes no lists of one
        for gains, scores in by_group(rows)
    ]
    groups, gains, scores = zip(*rows, strict=True)
    keys = {} if k is None else {"k": k}
    assert exact("ndcg", gains, scores, groups, **keys) == pytest.approx(np.mean(expected), abs=1e-12)


def test_a_group_of_one_row_or_without_a_relevant_one_has_a_value() -> None:
    assert exact("ndcg", [2], [0.3], [0]) == 1.0
    assert exact("ndcg", [0, 0, 2], [0.3, 0.1, 0.3], [0, 0, 1]) == 0.5
    assert exact("precision_at_k", [1], [0.3], [0], k=4) == 0.25


def test_a_group_that_is_drawn_twice_is_two_groups() -> None:
    rows = Rows(np.array([1, 0, 0, 1]), np.array([2.0, 1.0, 2.0, 1.0]), np.array([0, 0, 1, 1]))
    twice = rows.take(Draw(np.array([0, 1, 0, 1, 2, 3]), np.array([0, 0, 1, 1, 2, 2])))
    assert measures.precision_at_k(twice, 1) == pytest.approx(2 / 3)
    assert measures.ndcg(twice, None) == pytest.approx((2 + 1 / np.log2(3)) / 3)


@settings(max_examples=50)
@given(rows=ranked, k=st.integers(1, 6))
def test_a_ranking_lies_between_nothing_and_one(rows: list[tuple[int, int, float]], k: int) -> None:
    groups, gains, scores = zip(*rows, strict=True)
    assert 0.0 <= exact("ndcg", gains, scores, groups, k=k) <= 1.0 + 1e-12
    assert 0.0 <= exact("precision_at_k", np.minimum(gains, 1), scores, groups, k=k) <= 1.0 + 1e-12
