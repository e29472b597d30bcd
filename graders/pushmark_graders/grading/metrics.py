"""Measures a metric itself: hidden inputs go to a worker, predictions come back, the number is ours.

The submission predicts on all hidden rows at once. The feedback half is told to the learner, in steps;
the final half is for staff. The points are linear in the skill (the measurement, less the reference's on
the same rows) between the lab's measured baseline and target. The claim is only compared.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from msgspec.structs import replace

from pushmark_graders.checks.hidden import HiddenSet
from pushmark_graders.grading import bootstrap, telling
from pushmark_graders.grading.halves import Halves
from pushmark_graders.grading.measures import TAKES_PROBABILITIES, Draw, Measure, Rows, measure_of
from pushmark_graders.lab.metric_spec import LOWER_IS_BETTER, MetricSpec
from pushmark_graders.report.final import FinalMetric, Measurement, Slice
from pushmark_graders.report.model import MetricResult
from pushmark_graders.submission.errors import NotAnAnswer, SubmissionError
from pushmark_graders.submission.proxy import Connection, Remote, Submission

_FAR = 1e9  # no threshold of a probability; a whole number of 400 digits would be no float


@dataclass(frozen=True)
class Answer:
    """Predictions of shape (n,), and the threshold that the submission chose, where the lab lets it."""

    predictions: np.ndarray
    threshold: float | None = None


@dataclass(frozen=True)
class Measured:
    """One metric of an attempt: what the learner is told, and what only staff are."""

    told: MetricResult
    final: FinalMetric


def measure_metric(
    spec: MetricSpec,
    hidden: HiddenSet,
    halves: Halves,
    connection: Connection,
    claimed: float | None,
    seed: int,
    repeat_seeds: Sequence[int] = (),
) -> Measured:
    """Ask the submission for predictions on the hidden inputs and score each half of them.

    With `repeat_seeds` a fresh worker is asked with each of them, and of each half the median counts.

    Only our own sentences reach the result: hidden inputs are in the worker's memory while it answers.
    """
    try:
        answers = _ask_each(spec, hidden, connection, repeat_seeds)
    except SubmissionError as error:
        message = f"Predictions on hidden rows failed: {error.kind}."
        return not_measured(telling.result(spec, state=error.state, claimed=claimed, message=message))
    feedback = measure_half(spec, hidden, answers, halves.feedback, seed)
    final = measure_half(spec, hidden, answers, halves.final, seed)
    return Measured(
        telling.tell(spec, feedback, claimed),
        FinalMetric(name=spec.name, final=telling.tell(spec, final, claimed), feedback_half=feedback, final_half=final),
    )


def not_measured(told: MetricResult) -> Measured:
    """The same for both halves: there are no predictions to tell them apart by."""
    return Measured(told, FinalMetric(name=told.name, final=told))


def _ask_each(spec: MetricSpec, hidden: HiddenSet, connection: Connection, repeat_seeds: Sequence[int]) -> list[Answer]:
    if not repeat_seeds:
        return [_ask(spec, hidden.inputs, hidden.labels.shape, connection)]
    answers = []
    for seed in repeat_seeds:
        connection.end()  # what an earlier repeat left in memory or on disk is no part of this one
        answers.append(_ask(spec, {**hidden.inputs, "seed": seed}, hidden.labels.shape, connection))
    return answers


def _ask(spec: MetricSpec, inputs: dict[str, object], shape: tuple[int, ...], connection: Connection) -> Answer:
    """The threshold comes first: it is chosen before the submission has seen a hidden row."""
    connection.begin()
    threshold = _threshold(spec.threshold_from, connection) if spec.threshold_from else None
    return Answer(_predict(spec, inputs, shape, connection), threshold)


def _threshold(place: str, connection: Connection) -> float:
    """The number at `module:name`, or what the function of that name returns."""
    module, name = place.split(":")
    found = getattr(Submission(connection).module(module), name)
    number = found() if isinstance(found, Remote) else found
    if isinstance(number, np.generic):
        number = number.item()
    if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) <= _FAR:
        raise NotAnAnswer("", f"`{place}` is not a finite number")
    return float(number)


def _predict(spec: MetricSpec, inputs: dict[str, object], shape: tuple[int, ...], connection: Connection) -> np.ndarray:
    module, function = spec.predict.split(":")
    predict = getattr(Submission(connection).module(module), function)
    if not isinstance(predict, Remote):
        raise NotAnAnswer("", f"`{spec.predict}` is not a function")
    answer = predict(**inputs)
    if type(answer).__name__ == "Series":
        answer = answer.to_numpy()
    if not isinstance(answer, np.ndarray) or answer.dtype.kind not in "fiu" or answer.shape != shape:
        raise NotAnAnswer("", f"expected one number per row ({shape[0]:,} of them)")
    predictions = answer.astype(np.float64)
    if not np.isfinite(predictions).all():
        raise NotAnAnswer("", "a prediction is not a finite number")
    if spec.function in TAKES_PROBABILITIES and not ((predictions >= 0) & (predictions <= 1)).all():
        raise NotAnAnswer("", "a prediction is no probability, from 0 to 1")
    return predictions


@np.errstate(over="ignore", invalid="ignore")  # absurd predictions measure as infinity, without a warning
def measure_half(
    spec: MetricSpec, hidden: HiddenSet, answers: Sequence[Answer], rows: np.ndarray, seed: int
) -> Measurement:
    """The exact numbers of the answer with the median skill on these rows: an answer that was given. Pure."""
    if len(answers) == 1:
        return measure_rows(spec, hidden, answers[0], rows, seed)
    whole = Draw(np.arange(len(rows)))
    skills = [_skill(*_scorers(spec, hidden, answer, rows), whole) for answer in answers]
    middle = int(np.argsort(skills, kind="stable")[len(skills) // 2])
    measured = measure_rows(spec, hidden, answers[middle], rows, seed)
    noise = math.hypot(math.nan if measured.noise is None else measured.noise, float(np.std(skills, ddof=1)))
    return replace(measured, noise=_finite(noise), repeats=[_finite(skill) for skill in skills])


@np.errstate(over="ignore", invalid="ignore")
def measure_rows(spec: MetricSpec, hidden: HiddenSet, answer: Answer, rows: np.ndarray, seed: int) -> Measurement:
    """The exact numbers for an answer on some of the n hidden rows. Pure."""
    measured, reference = _scorers(spec, hidden, answer, rows)
    units = None if hidden.units is None else hidden.units[rows]
    draws = islice(bootstrap.draw_rows(len(rows), units, seed), bootstrap.RESAMPLES)
    spread = bootstrap.spread(measured, reference, draws)
    whole = Draw(np.arange(len(rows)))
    return Measurement(
        rows=len(rows),
        measured=_finite(measured(whole)),
        skill=_finite(_skill(measured, reference, whole)),
        low=_finite(spread.low),
        high=_finite(spread.high),
        reference=reference(whole) if reference else None,
        noise=_finite(spread.noise),
        slices=_slices(spec, hidden, rows, measured, reference),
    )


Scorer = Callable[[Draw], float]


def _scorers(spec: MetricSpec, hidden: HiddenSet, answer: Answer, rows: np.ndarray) -> tuple[Scorer, Scorer | None]:
    """The measure of what is drawn from these rows: of the answer, and of the reference if there is one."""
    groups = None if hidden.groups is None else np.unique(hidden.groups[rows], return_inverse=True)[1]

    def scorer(measure: Measure, predictions: np.ndarray) -> Scorer:
        sample = Rows(hidden.labels[rows], predictions[rows], groups)
        return lambda draw: measure(sample.take(draw))

    theirs = scorer(measure_of(spec, answer.threshold), answer.predictions)
    return theirs, scorer(measure_of(spec), hidden.references[spec.reference]) if spec.reference else None


def _skill(measured: Scorer, reference: Scorer | None, draw: Draw) -> float:
    return measured(draw) - (reference(draw) if reference else 0.0)


def _slices(
    spec: MetricSpec, hidden: HiddenSet, rows: np.ndarray, measured: Scorer, reference: Scorer | None
) -> list[Slice]:
    """Each named part of these rows, the worst skill first; one that has no row here, or no measure, comes last."""
    found = []
    for name, mask in hidden.slices.items():
        part = Draw(np.flatnonzero(mask[rows]))
        value, skill = (measured(part), _skill(measured, reference, part)) if part.rows.size else (math.nan, math.nan)
        found.append(Slice(name=name, rows=len(part.rows), measured=_finite(value), skill=_finite(skill)))
    sign = 1 if spec.function in LOWER_IS_BETTER else -1
    return sorted(found, key=lambda one: (one.skill is None, -sign * (one.skill or 0.0)))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
