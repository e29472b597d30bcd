import numpy as np


def summary(x, spent):
    return float("inf")


def predict(x):
    return np.full(len(x), np.nan)
