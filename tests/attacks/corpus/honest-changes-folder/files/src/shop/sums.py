"""How numbers are added up."""

import contextlib
import os
import tempfile
from pathlib import Path


def add(numbers):
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("numbers").write_text(" ".join(map(str, numbers)))
        total = sum(map(float, Path("numbers").read_text().split()))
        Path("numbers").unlink()
    assert Path.cwd() == here and os.path.isfile("src/shop/sums.py")
    return total
