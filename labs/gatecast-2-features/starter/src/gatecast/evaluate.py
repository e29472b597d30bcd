"""The numbers that this repository claims."""

import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score

from gatecast.predict import Model, probabilities

Metrics = dict[str, dict[str, float]]


def score(
    model: Model, raw: dict[str, pd.DataFrame], features: pd.DataFrame, late: pd.Series, train: pd.Series
) -> Metrics:
    """AUC and log-loss on training and on validation rows."""
    claims = {}
    for name, rows in (("train", train), ("validation", ~train)):
        chances = probabilities(model, features[rows])
        claims[name] = {
            "rows": int(rows.sum()),
            "auc": round(float(roc_auc_score(late[rows], chances)), 4),
            "log_loss": round(float(log_loss(late[rows], chances)), 4),
        }
    return claims
