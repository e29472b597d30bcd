"""Measures a metric itself: hidden inputs go to a worker, predictions come back, the number is ours.

The points are linear in the skill (the measurement, less the reference's on the same rows) between the
lab's measured baseline and target. The claim is only compared.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pushmark_graders.checks.hidden import HiddenSet
from pushmark_graders.lab.spec import MetricSpec
from pushmark_graders.report.model import MetricResult, State
from pushmark_graders.submission.errors import NotAnAnswer, SubmissionError
from pushmark_graders.submission.proxy import Connection, Remote, Submission

DIGITS = 4
"""Significant digits of a reported measurement."""

RESAMPLES = 200
"""Bootstrap draws for the 95 % interval; its ends then move by about a tenth of its width."""

NEEDS_BOTH_CLASSES = frozenset({"roc_auc", "log_loss"})
LOWER_IS_BETTER = frozenset({"log_loss", "rmse", "mae"})
Measure = Callable[[np.ndarray, np.ndarray], float]


def measure_metric(
    spec: MetricSpec, hidden: HiddenSet, connection: Connection, claimed: float | None, seed: int
) -> MetricResult:
    """Ask the submission for predictions on the hidden inputs and score them.

    Only our own sentences reach the result: hidden inputs are in the worker's memory while it answers.
    """
    try:
        predictions = _predict(spec, hidden, connection)
    except SubmissionError as error:
        message = f"Predictions on hidden rows failed: {error.kind}."
        return result(spec, state=error.state, claimed=claimed, message=message)
    return score_metric(spec, hidden, predictions, claimed, seed)


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
def score_metric(
    spec: MetricSpec, hidden: HiddenSet, predictions: np.ndarray, claimed: float | None, seed: int
) -> MetricResult:
    """The pure part: measurement, interval, points and honesty for `predictions` of shape (n,)."""
    measure = _measures()[spec.function]
    measured = measure(hidden.labels, predictions)
    against = hidden.references[spec.reference] if spec.reference else None
    reference = measure(hidden.labels, against) if against is not None else None
    low, high = interval(measure, hidden.labels, predictions, seed, both_classes=spec.function in NEEDS_BOTH_CLASSES)
    skill = measured - reference if reference is not None else measured
    share = min(max((skill - spec.baseline) / (spec.target - spec.baseline), 0.0), 1.0)
    gap, honest = judge_claim(spec, claimed, measured)
    points = spec.points * share + (spec.honesty_points if honest else 0.0)
    return result(
        spec,
        state="passed" if share >= 1.0 and honest is not False else "failed",
        points=min(round(points, 2), spec.points + spec.honesty_points),
        claimed=claimed,
        measured=measured,
        low=low,
        high=high,
        reference=reference,
        gap=gap,
        honest=honest,
    )


def judge_claim(spec: MetricSpec, claimed: float | None, measured: float) -> tuple[float | None, bool | None]:
    """How far the claim flatters the measurement, and whether that is within the lab's tolerance."""
    if claimed is None:
        return None, None
    gap = measured - claimed if spec.function in LOWER_IS_BETTER else claimed - measured
    return gap, bool(gap <= spec.tolerance)


def result(spec: MetricSpec, *, state: State, points: float = 0.0, message: str = "", **numbers: Any) -> MetricResult:
    """A result with what the lab says about the metric filled in, and its numbers cut to what a person reads.

    All digits of a score would tell the labels of many rows at once to who chooses the predictions with care.
    """
    numbers = {name: _short(value) if type(value) is float else value for name, value in numbers.items()}
    hint = "" if state == "passed" else spec.honesty_hint if numbers.get("honest") is False else spec.hint
    return MetricResult(
        name=spec.name,
        title=spec.title,
        state=state,
        points=points,
        max=spec.points + spec.honesty_points,
        baseline=spec.baseline,
        target=spec.target,
        tolerance=spec.tolerance if spec.claim else None,
        message=message,
        hint=hint,
        **numbers,
    )


def _short(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


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
    from sklearn import metrics  # noqa: PLC0415  (a second of import; only a lab that needs it pays)

    return float(metrics.roc_auc_score(labels, scores))


def _log_loss(labels: np.ndarray, scores: np.ndarray) -> float:
    from sklearn import metrics  # noqa: PLC0415

    return float(metrics.log_loss(labels, np.clip(scores, 1e-9, 1 - 1e-9)))
