"""The hidden set: what `hidden.py` of a lab derives from the course's seed."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class HiddenSet:
    """Inputs for a worker, labels for the grader.

    `inputs` are the keyword arguments of the submission's predict function and hold no label. `labels`
    has shape (n,), one per prediction, in order. `references` are baseline predictions on the same
    rows, by name, each of shape (n,).
    """

    inputs: dict[str, object]
    labels: np.ndarray
    references: dict[str, np.ndarray] = field(default_factory=dict)
