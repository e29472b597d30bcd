"""What the gate calls."""

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from gatecast import model

SAVED = Path(__file__).resolve().parents[2] / "models" / "model.joblib"


def predict(table: pd.DataFrame) -> np.ndarray:
    """The chance of being late for each row of a table with the columns of the examples."""
    return model.chances(joblib.load(SAVED), table)
