"""Examples for the checks of task 5."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

COLUMNS = ["carrier", "origin", "dest", "distance"]
Transform = Callable[[pd.DataFrame, pd.Series, pd.Series], Any]


def examples(tables: dict[str, pd.DataFrame], seed: int) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """20,000 flights: their categories, whether they were late, and a training mask (the earlier three quarters)."""
    flights = (
        tables["flights"]
        .sample(20_000, random_state=np.random.default_rng(seed))
        .sort_values("flight_id")
        .set_index("flight_id")
    )
    late = ~(flights["arr_delay"] < 15)
    train = pd.Series(np.arange(len(flights)) < 15_000, index=flights.index)
    return flights[COLUMNS], late, train


def encoded_training_rows(encoding: Any) -> Transform:
    """Fit on everything, encode the training rows: what the model would be trained on."""
    return lambda features, late, train: encoding.apply(features[train], encoding.fit(features, late, train))
