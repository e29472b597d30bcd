"""The model in service: a gradient boosting as arrays, all of its trees walked down at once by numpy."""

import json
from typing import TYPE_CHECKING

import numpy as np
from gatecast_serve.lookups import SAVED

if TYPE_CHECKING:
    import pandas as pd

TREES = SAVED.with_name("trees.npz")
ENCODER = SAVED.with_name("encoder.json")
NAME = "boosting as arrays"

with np.load(TREES) as file:
    FEATURE, THRESHOLD, LEFT, RIGHT = (file[name] for name in ("feature", "threshold", "left", "right"))
    MISSING_LEFT, VALUE, ROOTS = (file[name] for name in ("missing_left", "value", "roots"))
    BASE, DEPTH = float(file["base"]), int(file["depth"])


def chances(rows: np.ndarray) -> np.ndarray:
    """Chances for encoded rows: shape (n,). A leaf is its own child, so all trees take as many steps as the deepest."""
    at = np.broadcast_to(ROOTS, (len(rows), len(ROOTS))).copy()
    each = np.arange(len(rows))[:, None]
    for _ in range(DEPTH):
        values = rows[each, FEATURE[at]]
        left = (values <= THRESHOLD[at]) | (np.isnan(values) & MISSING_LEFT[at])
        at = np.where(left, LEFT[at], RIGHT[at])
    return 1 / (1 + np.exp(-(BASE + VALUE[at].sum(axis=1))))


def chance(row: np.ndarray) -> float:
    """The chance of arriving late for one encoded row."""
    return float(chances(row[None])[0])


def probabilities(table: "pd.DataFrame") -> np.ndarray:
    """The chance of arriving late for each row of features, as `gatecast.features.build` makes them: shape (n,)."""
    from gatecast import encoding

    encoder = json.loads(ENCODER.read_text(encoding="utf-8"))
    rows = encoding.apply(table, encoder).to_numpy(dtype=np.float32)
    return np.concatenate([chances(part) for part in np.array_split(rows, len(rows) // 1000 + 1)])
