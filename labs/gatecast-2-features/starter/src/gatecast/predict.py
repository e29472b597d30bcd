"""What the gate calls: the chance that a flight arrives late, from the tables as they are right now."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier

from gatecast import encoding, features

SAVED = Path(__file__).resolve().parents[2] / "models" / "model.joblib"


@dataclass(frozen=True)
class Model:
    """Everything that turns features into a probability."""

    encoder: encoding.Encoder
    columns: list[str]
    trees: HistGradientBoostingClassifier


def predict(raw: dict[str, pd.DataFrame], flight_ids: Sequence[int]) -> np.ndarray:
    """The probability of being late for each of these flights of `raw["flights"]`, in their order."""
    return probabilities(joblib.load(SAVED), features.build(raw).loc[list(flight_ids)])


def probabilities(model: Model, table: pd.DataFrame) -> np.ndarray:
    """The model's probabilities for rows of features."""
    encoded = encoding.apply(table, model.encoder)[model.columns]
    scores: np.ndarray = model.trees.predict_proba(encoded)[:, 1]
    return scores
