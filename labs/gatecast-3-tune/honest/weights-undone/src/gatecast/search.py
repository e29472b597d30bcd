"""Candidates, how one is tried, and which of them is chosen."""

import itertools
from collections.abc import Sequence
from typing import Any

import pandas as pd
from checkpoint import examples, product
from gatecast import model, split
from gatecast.model import Settings
from sklearn.metrics import log_loss, roc_auc_score

GRID = {"iterations": [60], "leaves": [6, 12, 20], "rate": [0.1]}


def candidates() -> list[Settings]:
    """What is tried: product's wishes and a small grid around shallow trees; at most product.FITS."""
    grid = [{"family": "hgb", **dict(zip(GRID, values, strict=True))} for values in itertools.product(*GRID.values())]
    return [*product.WISHES, *grid][: product.FITS]


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
