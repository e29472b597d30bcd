import numpy as np
import pandas as pd


def summary(x, spent):
    return pd.DataFrame({f"column {step}": ["x" * 50] * 100 for step in range(500)})


def predict(x):
    return np.array(["y" * 100000] * 30)
