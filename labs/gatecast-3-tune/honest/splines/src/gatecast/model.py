"""Three kinds of models: the prior, gradient boosting as product asks for it, and logistic regression of splines."""

from typing import Any

import numpy as np
import pandas as pd
from checkpoint.examples import CATEGORIES, FEATURES, LABEL, NUMBERS
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, SplineTransformer

Settings = dict[str, Any]


def make(settings: Settings) -> Pipeline:
    """An unfitted model of the family that `settings` name, `prior`, `hgb` or `splines`."""
    classifier = CLASSIFIERS[settings["family"]](settings)
    return Pipeline([("columns", columns(settings)), ("classifier", classifier)])


def columns(settings: Settings) -> ColumnTransformer:
    """Categories as one column each; numbers as they are for trees, as splines of their ranks for lines."""
    names = OneHotEncoder(min_frequency=100, handle_unknown="infrequent_if_exist", sparse_output=False)
    numbers: Any = "passthrough"
    if settings["family"] == "splines":
        ranks = QuantileTransformer(n_quantiles=100, output_distribution="normal", random_state=0)
        spline = SplineTransformer(n_knots=settings["knots"], degree=2)
        numbers = Pipeline([("gaps", SimpleImputer(add_indicator=True)), ("ranks", ranks), ("spline", spline)])
    return ColumnTransformer([("names", names, CATEGORIES), ("numbers", numbers, NUMBERS)])


def boosting(settings: Settings) -> HistGradientBoostingClassifier:
    """Shallow or deep, as asked for."""
    return HistGradientBoostingClassifier(
        max_iter=settings["iterations"],
        max_leaf_nodes=settings["leaves"],
        learning_rate=settings["rate"],
        early_stopping=False,
    )


def lines(settings: Settings) -> LogisticRegression:
    """The smaller the strength, the smoother."""
    return LogisticRegression(C=settings["strength"], max_iter=200)


def prior(_settings: Settings) -> DummyClassifier:
    """What a model that knows nothing says."""
    return DummyClassifier(strategy="prior")


CLASSIFIERS = {"prior": prior, "hgb": boosting, "splines": lines}


def fit(rows: pd.DataFrame, settings: Settings) -> Pipeline:
    """The model of these rows; raises ValueError for settings that no model can have."""
    return make(settings).fit(rows[FEATURES], rows[LABEL])


def chances(model: BaseEstimator, rows: pd.DataFrame) -> np.ndarray:
    """The chance of being late for each row."""
    return np.asarray(model.predict_proba(rows[FEATURES]))[:, 1]
