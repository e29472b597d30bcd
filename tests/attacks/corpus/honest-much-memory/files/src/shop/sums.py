"""How numbers are added up."""

import numpy as np


def add(numbers):
    large = np.ones(700 << 17)
    assert large.sum() == 700 << 17
    del large
    kept = [bytearray(1 << 20) for _ in range(100)]
    del kept
    return float(np.array(numbers).sum())
