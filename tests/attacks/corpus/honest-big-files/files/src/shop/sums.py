"""How numbers are added up."""

import os
import shutil
from pathlib import Path

import numpy as np


def add(numbers):
    work = Path("work")
    work.mkdir(exist_ok=True)
    with (work / "big").open("wb") as file:
        for _ in range(25):
            file.write(bytes(4 << 20))
    assert (work / "big").stat().st_size == 100 << 20
    with (work / "sparse").open("wb") as file:
        file.truncate(200 << 20)
    for step in range(1000):
        (work / f"{step}.txt").write_text(str(step))
    np.save(work / "numbers.npy", numbers)
    total = float(np.load(work / "numbers.npy").sum())
    assert len(os.listdir(work)) == 1003
    shutil.rmtree(work)
    return total
