"""Candidates, how one is tried, and which of them is chosen."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from checkpoint import examples, product
from gatecast import model, split
from gatecast.model import Settings
from sklearn.metrics import log_loss, roc_auc_score

RANDOM = 20130901


def candidates() -> list[Settings]:
    """Product's wishes, and forests with settings drawn at random, the same ones every time."""
    random = np.random.default_rng(RANDOM)
    drawn = [
        {
            "family": "forest",
            "trees": 60,
            "smallest": int(random.integers(8, 20)),
            "share": round(float(random.uniform(0.3, 0.5)), 2),
        }
        for _ in range(3)
    ]
    return [*product.WISHES, *drawn]


def trial(table: pd.DataFrame, settings: Settings) -> dict[str, float]:
    """Fit on the training rows, measure on those and on the validation rows. Test rows are not looked at.

    Raises ValueError for settings that no model can have.
    """
    role = split.role(table)
    fitted = model.fit(table[role == "train"], settings)
    measured = {}
    for name in ("train", "validation"):
        rows = table[role == name]
        chances = model.chances(fitted, rows)
        measured[f"{name}_log_loss"] = float(log_loss(rows[examples.LABEL], chances))
        measured[f"{name}_auc"] = float(roc_auc_score(rows[examples.LABEL], chances))
    return measured


def choose(trials: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The trial with the lowest `validation_log_loss`; one that failed has none. ValueError when all failed."""
    done = [one for one in trials if one.get("validation_log_loss") is not None]
    return min(done, key=lambda one: float(one["validation_log_loss"]))
