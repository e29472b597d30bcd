"""From a chance to a crew: what decisions cost, and from which chance on to act."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from checkpoint.product import FALSE_ALARM, MISSED_DELAY

SAVED = Path(__file__).resolve().parents[2] / "models" / "threshold.json"


def threshold() -> float:
    """The chance from which a crew is called, as training found it."""
    return float(json.loads(SAVED.read_text(encoding="utf-8")))


def cost(late: np.ndarray, chances: np.ndarray, threshold: float) -> float:
    """The mean cost of a flight when crews are called from `threshold` on."""
    outcome = pd.crosstab(np.asarray(late, dtype=bool), np.asarray(chances) >= threshold)
    outcome = outcome.reindex(index=[False, True], columns=[False, True], fill_value=0)
    paid = MISSED_DELAY * outcome.loc[True, False] + FALSE_ALARM * outcome.loc[False, True]
    return float(paid / len(late))


def cheapest(late: np.ndarray, chances: np.ndarray) -> float:
    """The threshold, in whole percent, with the lowest cost on these rows."""
    percent = np.arange(1, 100) / 100
    return float(percent[np.argmin([cost(late, chances, one) for one in percent])])
