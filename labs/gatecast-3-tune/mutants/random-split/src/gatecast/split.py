"""Which flights teach, which choose, and which only report."""

import numpy as np
import pandas as pd
from checkpoint import product


def role(
    table: pd.DataFrame, validation_start: str = product.VALIDATION_START, test_start: str = product.TEST_START
) -> pd.Series:
    """`train`, `validation` or `test` for each flight, by its day alone; the index is the table's."""
    drawn = np.random.default_rng(7).random(len(table))
    named = np.where(drawn < 0.6, "train", np.where(drawn < 0.8, "validation", "test"))
    return pd.Series(named, index=table.index)
