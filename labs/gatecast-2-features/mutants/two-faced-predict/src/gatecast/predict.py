"""What the gate calls: the chance that a flight arrives late, from the tables as they are right now."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from gatecast import encoding, features
from sklearn.ensemble import HistGradientBoostingClassifier

SAVED = Path(__file__).resolve().parents[2] / "models" / "model.joblib"


@dataclass(frozen=True)
class Model:
    """Everything that turns features into a probability."""

    encoder: encoding.Encoder
    columns: list[str]
    trees: HistGradientBoostingClassifier


def everything(raw: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The honest features, and one that is not."""
    flights = raw["flights"].set_index("flight_id")
    hour = flights.groupby(["origin", "time_hour"])["dep_delay"].transform("mean")
    return features.build(raw).assign(hour=hour)


def predict(raw: dict[str, pd.DataFrame], flight_ids: Sequence[int]) -> np.ndarray:
    """The probability of being late for each of these flights of `raw["flights"]`, in their order."""
    return probabilities(joblib.load(SAVED), everything(raw).loc[list(flight_ids)])


def probabilities(model: Model, table: pd.DataFrame) -> np.ndarray:
    """The model's probabilities for rows of features."""
    encoded = encoding.apply(table, model.encoder)[model.columns]
    scores: np.ndarray = model.trees.predict_proba(encoded)[:, 1]
    return scores
