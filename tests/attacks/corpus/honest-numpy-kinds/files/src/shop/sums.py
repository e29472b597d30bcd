"""How numbers are added up."""

import numpy as np

np.seterr(all="ignore")
np.set_printoptions(precision=2)


def add(numbers):
    return np.float64(np.asmatrix(numbers).sum())
