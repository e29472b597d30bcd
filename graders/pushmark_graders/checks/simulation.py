"""Hidden labels that nobody can look up, for rows that are public; and what gives away somebody who did.

However the rows of public data are drawn, whoever ships a table of their labels is right about all of them. So the
rows stay real, and their labels are drawn anew: from the chances that an author's reference model gives, fitted on
nothing but the learners' own rows; the course's seed says how they fall. (Plasmode simulation: Vaughan and others
2009; Franklin and others 2014, Computational Statistics & Data Analysis 72.) The published labels are then one draw of
many, and a table of them is worth less than an honest model.

Fit the reference on the training rows alone: one that has seen all rows rewards training on all rows.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pushmark_graders.checks.expect import Unmet

_LABELS = 1
"""A stream of its own: authors draw their rows with `default_rng(seed)`, and labels must not follow that draw."""


@dataclass(frozen=True)
class Simulated:
    """Labels drawn from chances: `labels` (n,) of int8, 0 or 1, and the `chances` (n,) that they were drawn from.

    Predictions equal to `chances` are the best that there are.
    """

    labels: np.ndarray
    chances: np.ndarray


def simulate_labels(reference: np.ndarray, *, seed: int, strength: float = 1.0) -> Simulated:
    """Labels of n rows, drawn one by one: y ~ Bernoulli(chance), with chances near `reference` (n,).

    In logits, a chance is `strength` times the reference's distance from its mean, moved so that the mean chance stays
    the reference's. A `strength` below 1 makes labels harder to predict, for a reference that is surer than the world
    is; above 1, easier. Raises ValueError when `reference` is not one chance a row, each above 0 and below 1.
    """
    reference = np.asarray(reference, dtype=float)
    if reference.ndim != 1 or not ((reference > 0) & (reference < 1)).all():
        raise ValueError(f"reference: expected a chance above 0 and below 1 a row, got the shape {reference.shape}")
    logits = np.log(reference / (1 - reference))
    chances = _with_mean(strength * (logits - logits.mean()), float(reference.mean()))
    drawn = np.random.default_rng([seed, _LABELS]).random(len(chances)) < chances
    return Simulated(drawn.astype(np.int8), chances)


def looked_up(public: np.ndarray, honest: np.ndarray, *, share: float = 1.0) -> np.ndarray:
    """The predictions (n,) of an attacker who ships the public labels: for a lab's author to measure what they earn.

    `public` (n,) holds the published labels, 0 or 1, and `honest` (n,) the chances of an honest model, which the
    attacker mixes in: `share` is the part of the look-up, 1 being nothing else.
    """
    mixed: np.ndarray = share * np.asarray(public, dtype=float) + (1 - share) * np.asarray(honest, dtype=float)
    return mixed


def follow_share(before: Any, after: Any, *, up: bool = True, by: float = 1e-6) -> float:
    """The share of rows whose prediction moved by more than `by`, upwards (or downwards), from `before` to `after`.

    A counterfactual probe asks `predict` about the same rows twice, the second time in tables whose state was changed
    so that the answer is plain: a storm makes delays likelier. What is looked up does not move. Both are answers of
    the submission, shape (n,); raises Unmet when they are not finite numbers of one length.
    """
    left, right = (_answers(one) for one in (before, after))
    if left.shape != right.shape or not len(left):
        raise Unmet(f"Expected as many predictions as before, {len(left)}; got {len(right)}.")
    return float(((right - left if up else left - right) > by).mean())


def _answers(answer: Any) -> np.ndarray:
    told = isinstance(answer, np.ndarray) and answer.ndim == 1 and answer.dtype.kind in "fiu"
    if not told or not np.isfinite(answer).all():
        raise Unmet("The predictions should be one finite number per row, as a numpy array.")
    numbers: np.ndarray = answer.astype(float)
    return numbers


def _with_mean(logits: np.ndarray, mean: float) -> np.ndarray:
    """Chances with these logits, all moved by one amount so that their mean is `mean`, to 1e-9."""
    low, high = -50.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        chances: np.ndarray = 1 / (1 + np.exp(-np.clip(logits + middle, -500, 500)))
        low, high = (middle, high) if chances.mean() < mean else (low, middle)
    return chances
