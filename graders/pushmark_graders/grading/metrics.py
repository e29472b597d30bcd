"""Measures a metric itself: hidden inputs go to a worker, predictions come back, the number is ours.

The submission predicts on all hidden rows at once. The feedback half is told to the learner, in steps;
the final half is for staff. The points are linear in the skill (the measurement, less the reference's on
the same rows) between the lab's measured baseline and target. The claim is only compared.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pushmark_graders.checks.hidden import HiddenSet
from pushmark_graders.grading import telling
from pushmark_graders.grading.halves import Halves
from pushmark_graders.lab.spec import MetricSpec
from pushmark_graders.report.final import FinalMetric, Measurement
from pushmark_graders.report.model import MetricResult
from pushmark_graders.submission.errors import NotAnAnswer, SubmissionError
from pushmark_graders.submission.proxy import Connection, Remote, Submission

RESAMPLES = 200
"""Bootstrap draws for the 95 % interval; its ends then move by about a tenth of its width."""

NEEDS_BOTH_CLASSES = frozenset({"roc_auc", "log_loss"})
Measure = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Measured:
    """One metric of an attempt: what the learner is told, and what only staff are."""

    told: MetricResult
    final: FinalMetric


def measure_metric(
    spec: MetricSpec, hidden: HiddenSet, halves: Halves, connection: Connection, claimed: float | None, seed: int
) -> Measured:
    """Ask the submission for predictions on the hidden inputs and score each half of them.

    Only our own sentences reach the result: hidden inputs are in the worker's memory while it answers.
    """
    try:
        predictions = _predict(spec, hidden, connection)
    except SubmissionError as error:
        message = f"Predictions on hidden rows failed: {error.kind}."
        return not_measured(telling.result(spec, state=error.state, claimed=claimed, message=message))
    feedback = measure_rows(spec, hidden, predictions, halves.feedback, seed)
    final = measure_rows(spec, hidden, predictions, halves.final, seed)
    return Measured(
        telling.tell(spec, feedback, claimed),
        FinalMetric(name=spec.name, final=telling.tell(spec, final, claimed), feedback_half=feedback, final_half=final),
    )


def not_measured(told: MetricResult) -> Measured:
    """The same for both halves: there are no predictions to tell them apart by."""
    return Measured(told, FinalMetric(name=told.name, final=told))


def _predict(spec: MetricSpec, hidden: HiddenSet, connection: Connection) -> np.ndarray:
    module, function = spec.predict.split(":")
    connection.begin()
    predict = getattr(Submission(connection).module(module), function)
    if not isinstance(predict, Remote):
        raise NotAnAnswer("", f"`{spec.predict}` is not a function")
    answer = predict(**hidden.inputs)
    if type(answer).__name__ == "Series":
        answer = answer.to_numpy()
    if not isinstance(answer, np.ndarray) or answer.dtype.kind not in "fiu" or answer.shape != hidden.labels.shape:
        raise NotAnAnswer("", f"expected one number per row ({len(hidden.labels):,} of them)")
    predictions = answer.astype(np.float64)
    if not np.isfinite(predictions).all():
        raise NotAnAnswer("", "a prediction is not a finite number")
    return predictions


@np.errstate(over="ignore", invalid="ignore")  # absurd predictions measure as infinity, without a warning
def measure_rows(
    spec: MetricSpec, hidden: HiddenSet, predictions: np.ndarray, rows: np.ndarray, seed: int
) -> Measurement:
    """The exact numbers for `predictions` of shape (n,) on some of the n hidden rows. Pure."""
    measure = _measures()[spec.function]
    labels, answers = hidden.labels[rows], predictions[rows]
    measured = measure(labels, answers)
    reference = measure(labels, hidden.references[spec.reference][rows]) if spec.reference else None
    low, high = interval(measure, labels, answers, seed, both_classes=spec.function in NEEDS_BOTH_CLASSES)
    return Measurement(
        rows=len(rows),
        measured=_finite(measured),
        skill=_finite(measured - (reference or 0.0)),
        low=_finite(low),
        high=_finite(high),
        reference=reference,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def interval(
    measure: Measure, labels: np.ndarray, predictions: np.ndarray, seed: int, *, both_classes: bool = False
) -> tuple[float, float]:
    """95 % bootstrap interval over rows (percentile method; Efron & Tibshirani 1993, chapter 13).

    With `both_classes`, draws in which all labels are alike are left out: they have no such measure.
    """
    random = np.random.default_rng(seed)
    draws = []
    for _ in range(RESAMPLES):
        rows = random.integers(0, len(labels), len(labels))
        if not both_classes or np.unique(labels[rows]).size > 1:
            draws.append(measure(labels[rows], predictions[rows]))
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def _measures() -> dict[str, Measure]:
    return {
        "roc_auc": _roc_auc,
        "log_loss": _log_loss,
        "accuracy": lambda labels, values: float(np.mean(labels == np.rint(values))),
        "rmse": lambda labels, values: float(np.sqrt(np.mean(np.square(labels - values)))),
        "mae": lambda labels, values: float(np.mean(np.abs(labels - values))),
    }


def _roc_auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """The share of pairs of a row of either class that the scores put in order; a tie counts half (Mann and Whitney
    1947). An interval asks 200 times, and scikit-learn's own spends most of that on checking its arguments."""
    classes = np.unique(labels)
    if classes.size != 2:
        return math.nan
    order = np.argsort(scores)
    values, positive = scores[order], labels[order] == classes[1]
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    count, hits = np.diff(np.r_[starts, len(values)]), np.add.reduceat(positive, starts, dtype=np.int64)
    misses = count - hits
    before = np.cumsum(misses) - misses
    return float(np.sum(hits * (before + misses / 2)) / (hits.sum() * misses.sum()))


def _log_loss(labels: np.ndarray, scores: np.ndarray) -> float:
    from sklearn import metrics  # noqa: PLC0415  (a second of import; only a lab that needs it pays)

    return float(metrics.log_loss(labels, np.clip(scores, 1e-9, 1 - 1e-9)))
