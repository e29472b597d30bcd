"""The books: what was sold, to whom, when."""

import numpy as np


class Prices(np.ndarray):
    def __array_finalize__(self, other):
        self.unit = getattr(other, "unit", "EUR")


def ledger(days):
    rows = np.rec.fromarrays([np.arange(days), np.arange(days) * 1.5], names="day,spent")
    return {"day": rows.day.astype("int32"), "spent": np.asarray(rows.spent)}


def receipt(names):
    lines = np.char.add(np.char.add(np.arange(1, len(names) + 1).astype(str), ": "), np.array(names))
    return "\n".join(lines.tolist())


def history(length):
    masked = np.ma.array(np.arange(length), mask=False) * 0.5
    written = np.memmap("history.bin", dtype="float32", mode="w+", shape=(length,))
    written[:] = masked.filled()
    written.flush()
    return np.asarray(np.asfortranarray(written).view(Prices)[::-1][::-1])
