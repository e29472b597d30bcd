"""The hidden set: what `hidden.py` of a lab derives from the course's seed."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class HiddenSet:
    """Inputs for a worker, labels for the grader.

    `inputs` are the keyword arguments of the submission's predict function and hold no label. `labels`
    has shape (n,), one per prediction, in order. `references` are baseline predictions on the same
    rows, by name, each of shape (n,). `groups` says which rows a metric of ranking ranks among each
    other, such as the documents of one query: a whole number or a text per row. `blocks` says likewise which
    rows share their luck, such as the flights of one day. `slices` are named parts of the rows that
    staff want to see measured alone: arrays of true and false, each of shape (n,).
    """

    inputs: dict[str, object]
    labels: np.ndarray
    references: dict[str, np.ndarray] = field(default_factory=dict)
    groups: np.ndarray | None = None
    blocks: np.ndarray | None = None
    slices: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def units(self) -> np.ndarray | None:
        """What is never parted: a label per row, or None where each row stands for itself."""
        return self.groups if self.blocks is None else self.blocks
