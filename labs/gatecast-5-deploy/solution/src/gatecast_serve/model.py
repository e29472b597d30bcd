"""The model in service: a small gradient boosting in ONNX Runtime, one thread."""

import json
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from gatecast_serve.lookups import SAVED

if TYPE_CHECKING:
    import pandas as pd

MODEL = SAVED.with_name("model.onnx")
ENCODER = SAVED.with_name("encoder.json")
NAME = "boosting-100x31"


def session() -> onnxruntime.InferenceSession:
    """The model, to be run by the thread that asks: two threads would wait for each other longer than they work."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])


SESSION = session()


def chance(row: np.ndarray) -> float:
    """The chance of arriving late for one encoded row."""
    return float(SESSION.run(None, {"rows": row[None]})[0][0, 0])


def probabilities(table: "pd.DataFrame") -> np.ndarray:
    """The chance of arriving late for each row of features, as `gatecast.features.build` makes them: shape (n,)."""
    from gatecast import encoding

    encoder = json.loads(ENCODER.read_text(encoding="utf-8"))
    rows = encoding.apply(table, encoder).to_numpy(dtype=np.float32)
    chances: np.ndarray = SESSION.run(None, {"rows": rows})[0][:, 0]
    return chances
