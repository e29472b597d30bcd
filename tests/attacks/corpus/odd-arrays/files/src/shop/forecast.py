import numpy as np


def summary(x, spent):
    return np.array([], dtype=float)


def predict(x):
    return np.zeros((len(x), 1)) + x.mean()
