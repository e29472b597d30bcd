"""The numbers that this repository claims."""

import pandas as pd
from gatecast import world
from gatecast.predict import Model, everything, probabilities
from sklearn.metrics import log_loss, roc_auc_score

Metrics = dict[str, dict[str, float]]
EVERY = 7
"""One validation flight in seven is scored as in production: blanking all would leave no history at all."""


def score(
    model: Model, raw: dict[str, pd.DataFrame], features: pd.DataFrame, late: pd.Series, train: pd.Series
) -> Metrics:
    """AUC and log-loss on training rows, on validation rows, and on validation rows as production sees them."""
    asked = late.index[~train][::EVERY]
    blanked = everything(world.blank(raw, asked)).loc[asked]
    return {
        "train": judge(model, features[train], late[train]),
        "validation": judge(model, features[~train], late[~train]),
        "production": judge(model, blanked, late[asked]),
    }


def judge(model: Model, features: pd.DataFrame, late: pd.Series) -> dict[str, float]:
    """How many rows, and how well the model orders and prices them."""
    chances = probabilities(model, features)
    return {
        "rows": len(late),
        "auc": round(float(roc_auc_score(late, chances)), 4),
        "log_loss": round(float(log_loss(late, chances)), 4),
    }
