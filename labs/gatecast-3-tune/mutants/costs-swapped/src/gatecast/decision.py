"""From a chance to a crew: what decisions cost, and from which chance on to act."""

import numpy as np
from checkpoint import product


def threshold() -> float:
    """The chance from which acting is the cheaper choice (Elkan 2001, The foundations of cost-sensitive learning).

    Acting costs (1 - p) * FALSE_ALARM on average, waiting p * MISSED_DELAY; they are equal here.
    """
    return product.FALSE_ALARM / (product.FALSE_ALARM + product.MISSED_DELAY)


def cost(late: np.ndarray, chances: np.ndarray, threshold: float) -> float:
    """The mean cost of a flight when crews are called from `threshold` on."""
    late, act = np.asarray(late, dtype=bool), np.asarray(chances) >= threshold
    return float(np.mean(product.FALSE_ALARM * (late & ~act) + product.MISSED_DELAY * (~late & act)))
