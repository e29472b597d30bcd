from pathlib import Path

import numpy as np

HERE = Path(__file__).parent.parent


def load():
    for name in ("model.npy", "model.npz"):
        found = np.load(HERE / name, allow_pickle=True)
        list(found.values() if name.endswith("z") else found.flat)


def summary(x, spent):
    return np.load(HERE / "model.npy", allow_pickle=True)


def predict(x):
    load()
    return 100.0 + x
