"""Fit the model and log the run."""

from typing import Any

import mlflow
import pandas as pd
from gatecast import data, encoding
from gatecast.predict import SAVED, Model, probabilities
from mlflow.entities import Metric, Param
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score


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
    settings = {f"{group}.{key}": value for group, values in params.items() for key, value in values.items()}
    settings["data_hash"] = data.fingerprint(data.RAW)
    scores = {
        f"{name}_auc": float(roc_auc_score(late[rows], probabilities(model, features[rows])))
        for name, rows in (("train", train), ("validation", ~train))
    }
    with mlflow.start_run(run_name="gatecast") as run:
        mlflow.MlflowClient().log_batch(
            run.info.run_id,
            params=[Param(key, str(value)) for key, value in settings.items()],
            metrics=[Metric(key, value, timestamp=run.info.start_time, step=0) for key, value in scores.items()],
        )
        mlflow.log_artifact(str(SAVED), artifact_path="model")
