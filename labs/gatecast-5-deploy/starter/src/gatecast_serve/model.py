"""The model in service: 200 trees, as lab 3 released them."""

import joblib
import numpy as np
import pandas as pd
from gatecast import data, encoding

CHAMPION = joblib.load(data.CHAMPION)


def probabilities(table: pd.DataFrame) -> np.ndarray:
    """The chance of arriving late for each row of features, as `gatecast.features.build` makes them: shape (n,)."""
    encoded = encoding.apply(table, CHAMPION["encoder"])[CHAMPION["columns"]]
    chances: np.ndarray = CHAMPION["forest"].predict_proba(encoded.astype("float32"))[:, 1]
    return chances
