"""Models by their settings, and what they say about flights."""

from typing import Any

import numpy as np
import pandas as pd
from checkpoint import examples
from sklearn.base import BaseEstimator
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import TargetEncoder

Settings = dict[str, Any]


def make(settings: Settings) -> Pipeline:
    """An unfitted model. `family` is `prior` or `hgb`; the latter has `iterations`, `leaves` and `rate`.

    Classes weigh alike, so that late flights are not overlooked.
    """
    if settings["family"] == "prior":
        return make_pipeline(DummyClassifier(strategy="prior"))
    trees = HistGradientBoostingClassifier(
        max_iter=settings["iterations"],
        max_leaf_nodes=settings["leaves"],
        learning_rate=settings["rate"],
        class_weight="balanced",
        early_stopping=False,
        random_state=0,
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    rates = TargetEncoder(target_type="binary", cv=folds)
    encoder = make_column_transformer((rates, examples.CATEGORIES), remainder="passthrough")
    return make_pipeline(encoder, trees)


def fit(rows: pd.DataFrame, settings: Settings) -> Pipeline:
    """The model of these rows; raises ValueError for settings that no model can have."""
    return make(settings).fit(rows[examples.FEATURES], rows[examples.LABEL])


def chances(model: BaseEstimator, rows: pd.DataFrame) -> np.ndarray:
    """The chance of being late for each row."""
    answer: np.ndarray = model.predict_proba(rows[examples.FEATURES])[:, 1]
    return answer
