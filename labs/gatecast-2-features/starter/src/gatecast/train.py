"""Fit the model and log the run."""

from typing import Any

import mlflow
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from gatecast import encoding
from gatecast.predict import Model, probabilities


def fit(features: pd.DataFrame, late: pd.Series, train: pd.Series, settings: dict[str, Any]) -> Model:
    """A model of the training rows: an encoder, the names of its columns, and the trees."""
    encoder = encoding.fit(features, late, train)
    table = encoding.apply(features[train], encoder)
    trees = HistGradientBoostingClassifier(
        max_iter=settings["iterations"],
        max_leaf_nodes=settings["leaves"],
        learning_rate=settings["rate"],
        early_stopping=False,
        random_state=0,
    )
    return Model(encoder=encoder, columns=list(table.columns), trees=trees.fit(table, late[train]))


def log_run(
    model: Model, features: pd.DataFrame, late: pd.Series, train: pd.Series, params: dict[str, dict[str, Any]]
) -> None:
    """One MLflow run per training. A colleague reads it to know what was tried, on which data, and how it went."""
    score = roc_auc_score(late[~train], probabilities(model, features[~train]))
    with mlflow.start_run(run_name="gatecast"):
        mlflow.log_metrics({"auc": float(score)})
