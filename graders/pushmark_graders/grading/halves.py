"""Splits hidden rows into two halves: one that learners hear about, and one that only staff do.

A submission predicts on all rows in one call, so it cannot tell the halves apart. What it fits to the
answers about the feedback half it has not fitted to the final half.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Halves:
    """Row numbers of each half, ascending; every row is in exactly one of them."""

    feedback: np.ndarray
    final: np.ndarray


def split(labels: np.ndarray, seed: int) -> Halves:
    """Split the rows of `labels`, shape (n,), by a permutation that only the holder of `seed` can compute.

    The halves differ by at most one row. Of labels with two values each half gets the same number of
    each, give or take one, so that neither is the easier one by its share of them.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    if np.unique(labels).size <= 2:
        order = order[np.argsort(labels[order], kind="stable")]
    return Halves(feedback=np.sort(order[0::2]), final=np.sort(order[1::2]))
