"""Which flights may teach the model, and which may only judge it."""

import numpy as np  # noqa: F401
import pandas as pd


def time_split(flights: pd.DataFrame, start: str, seed: int = 0) -> pd.Series:
    """True for training rows, False for validation rows, with the index of `flights`.

    `start` is the first day of validation, a date in New York such as "2013-09-01". Nothing is drawn by
    chance, so `seed` is not used.
    """
    return pd.to_datetime(flights[["year", "month", "day"]]) < pd.Timestamp(start)
