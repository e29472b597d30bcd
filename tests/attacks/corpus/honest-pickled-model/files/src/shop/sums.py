"""How numbers are added up."""

import pickle
from pathlib import Path

import joblib


class Adder:
    def __init__(self, start):
        self.start = start

    def __eq__(self, other):
        return self.start == other.start

    def add(self, numbers):
        return sum(numbers, self.start)


Path("model.pkl").write_bytes(pickle.dumps(Adder(0.0)))
joblib.dump(Adder(0.0), "model.joblib", compress=3)


def add(numbers):
    model = pickle.loads(Path("model.pkl").read_bytes())
    assert model == joblib.load("model.joblib")
    return model.add(numbers)
