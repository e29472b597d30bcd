"""Which flights may teach the model, and which may only judge it."""

import numpy as np
import pandas as pd


def time_split(flights: pd.DataFrame, start: str, seed: int = 0) -> pd.Series:
    """True for training rows, False for validation rows, with the index of `flights`.

    `start` is the first day of validation, a date in New York such as "2013-09-01".
    """
    shuffled = np.random.default_rng(seed).random(len(flights))
    return pd.Series(shuffled < 0.8, index=flights.index)
