"""Models by their settings. Classes weigh alike while trees grow; the chances are put right afterwards."""

from typing import Any, Self

import numpy as np
import pandas as pd
from checkpoint import examples
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.preprocessing import OrdinalEncoder

Settings = dict[str, Any]


class Prior(ClassifierMixin, BaseEstimator):
    """Says the share of late flights that it was taught, of every flight."""

    def fit(self, _rows: pd.DataFrame, late: pd.Series) -> Self:
        """Keep the share; late of shape (n,)."""
        self.classes_, self.share_ = np.array([False, True]), float(late.mean())
        return self

    def predict_proba(self, rows: pd.DataFrame) -> np.ndarray:
        """Chances of shape (n, 2)."""
        return np.tile([1 - self.share_, self.share_], (len(rows), 1))


class WeightedTrees(ClassifierMixin, BaseEstimator):
    """Gradient boosting with balanced classes, whose odds are divided by what the weights multiplied them with.

    King and Zeng (2001), Logistic regression in rare events data, call this prior correction.
    """

    def __init__(self, iterations: int, leaves: int, rate: float) -> None:
        self.iterations, self.leaves, self.rate = iterations, leaves, rate

    def fit(self, rows: pd.DataFrame, late: pd.Series) -> Self:
        """Grow trees on rows of shape (n, features), with late of shape (n,)."""
        self.codes_ = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
        codes = self.codes_.fit_transform(rows[examples.CATEGORIES])
        self.trees_ = HistGradientBoostingClassifier(
            max_iter=self.iterations,
            max_leaf_nodes=self.leaves,
            learning_rate=self.rate,
            class_weight="balanced",
            early_stopping=False,
        )
        self.trees_.fit(np.column_stack([codes, rows[examples.NUMBERS]]), late)
        self.classes_, self.weight_ = self.trees_.classes_, float((1 - late.mean()) / late.mean())
        return self

    def predict_proba(self, rows: pd.DataFrame) -> np.ndarray:
        """Chances of shape (n, 2)."""
        codes = self.codes_.transform(rows[examples.CATEGORIES])
        weighted = self.trees_.predict_proba(np.column_stack([codes, rows[examples.NUMBERS]]))[:, 1]
        odds = weighted / (1 - weighted) / self.weight_
        chances = odds / (1 + odds)
        return np.column_stack([1 - chances, chances])


def fit(rows: pd.DataFrame, settings: Settings) -> Prior | WeightedTrees:
    """The model of these rows; raises ValueError for settings that no model can have."""
    given = {name: value for name, value in settings.items() if name != "family"}
    model = Prior() if settings["family"] == "prior" else WeightedTrees(**given)
    return model.fit(rows[examples.FEATURES], rows[examples.LABEL])


def chances(model: Prior | WeightedTrees, rows: pd.DataFrame) -> np.ndarray:
    """The chance of being late for each row."""
    return model.predict_proba(rows[examples.FEATURES])[:, 1]
