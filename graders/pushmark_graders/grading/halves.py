"""Splits hidden rows into two halves: one that learners hear about, and one that only staff do.

A submission predicts on all rows in one call, so it cannot tell the halves apart. What it fits to the
answers about the feedback half it has not fitted to the final half. Rows that belong together go to one
half: a day's luck that was heard about must not be in the other half too.
"""

from dataclasses import dataclass

import numpy as np

from pushmark_graders.checks.hidden import HiddenSet
from pushmark_graders.grading import seeds

CANDIDATES = 200


@dataclass(frozen=True)
class Halves:
    """Row numbers of each half, ascending; every row is in exactly one of them."""

    feedback: np.ndarray
    final: np.ndarray


def of(hidden: HiddenSet, course_seed: str) -> Halves:
    """The halves of a hidden set for a course."""
    return split(hidden.labels, seeds.derive_seed(course_seed, "final-rows"), hidden.units)


def split(labels: np.ndarray, seed: int, units: np.ndarray | None = None) -> Halves:
    """Split the rows of `labels`, shape (n,), by a permutation that only the holder of `seed` can compute.

    The halves differ by at most one row. Of labels with two values each half gets the same number of
    each, give or take one, so that neither is the easier one by its share of them. With `units`, a label
    per row, rows of one unit stay together and both hold only as nearly as the units allow.
    """
    random = np.random.default_rng(seed)
    if units is not None:
        return _split_units(labels, units, random)
    order = random.permutation(len(labels))
    if np.unique(labels).size <= 2:
        order = order[np.argsort(labels[order], kind="stable")]
    return Halves(feedback=np.sort(order[0::2]), final=np.sort(order[1::2]))


def _split_units(labels: np.ndarray, units: np.ndarray, random: np.random.Generator) -> Halves:
    """The most balanced of 200 random divisions of the units (Morgan and Rubin 2012, Rerandomization to improve
    covariate balance in experiments): nearly as balanced as a computed one, and nobody can compute it."""
    _, unit_of, rows = np.unique(units, return_inverse=True, return_counts=True)
    centred = labels - np.mean(labels)
    sums = np.bincount(unit_of, centred)
    most = float(np.abs(centred).sum()) or 1.0
    chosen = np.array([random.permutation(len(rows)) < len(rows) // 2 for _ in range(CANDIDATES)])
    sides = np.where(chosen, 1, -1)
    apart = np.abs(sides @ rows) / len(labels) + np.abs(sides @ sums) / most
    larger = bool(random.integers(2))  # of an odd number of units, either half may have one more
    feedback = chosen[np.argmin(apart)][unit_of] ^ larger
    return Halves(feedback=np.flatnonzero(feedback), final=np.flatnonzero(~feedback))
