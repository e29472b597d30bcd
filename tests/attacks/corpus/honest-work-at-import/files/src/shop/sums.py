"""How numbers are added up."""

import time

import numpy as np

print("warming up")
TABLE = {}
until = time.perf_counter() + 1.0
while time.perf_counter() < until:
    TABLE[len(TABLE) % 1000] = float(np.linalg.norm(np.ones((50, 50)) @ np.ones((50, 50))))
print("warm", len(TABLE))


def add(numbers):
    assert TABLE[0] == 2500.0
    return sum(numbers)
