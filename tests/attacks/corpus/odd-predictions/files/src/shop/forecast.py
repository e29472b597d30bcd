import numpy as np


def summary(x, spent):
    return float(spent.mean())


def predict(x):
    predicted = 3.0 * x
    predicted[1:] = np.nan
    predicted[2:5] = [np.inf, -np.inf, 1e308]
    return predicted
