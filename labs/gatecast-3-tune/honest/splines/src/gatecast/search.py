"""Candidates, how one is tried, and which of them is chosen."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from checkpoint import examples, product
from gatecast import model, split
from gatecast.model import Settings
from sklearn.metrics import log_loss, roc_auc_score


def candidates() -> list[Settings]:
    """Product's wishes, and splines from stiff to loose."""
    return [
        *product.WISHES,
        *({"family": "splines", "knots": knots, "strength": strength} for knots in (4, 5) for strength in (0.05, 0.2)),
    ]


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
