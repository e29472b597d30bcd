"""How the model does on parts of the flights."""

import numpy as np
import pandas as pd
from checkpoint import examples, product
from gatecast import decision
from sklearn.metrics import log_loss

COLUMNS = ("origin", "carrier", "storm_day")


def by_slice(table: pd.DataFrame, chances: np.ndarray, threshold: float) -> dict[str, dict[str, float]]:
    """For each `column=value`: `rows`, `late_rate`, `log_loss` and `cost`. Small slices are left out."""
    told = {}
    for column in COLUMNS:
        for value in sorted(table[column].unique()):
            inside = (table[column] == value).to_numpy()
            if inside.sum() >= product.SMALLEST_SLICE:
                told[f"{column}={value}"] = judge(table.loc[inside, examples.LABEL], chances[inside], threshold)
    return told


def judge(late: pd.Series, chances: np.ndarray, threshold: float) -> dict[str, float]:
    """How many rows, how many of them late, and what the model's chances and decisions are worth there."""
    return {
        "rows": len(late),
        "late_rate": float(late.mean()),
        "log_loss": float(log_loss(late, chances, labels=[False, True])),
        "cost": decision.cost(late.to_numpy(), chances, threshold),
    }
