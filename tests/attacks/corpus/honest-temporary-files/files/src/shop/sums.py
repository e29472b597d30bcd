"""How numbers are added up."""

import json
import tempfile
from pathlib import Path


def add(numbers):
    with tempfile.TemporaryFile("w+") as file:
        json.dump(numbers, file)
        file.seek(0)
        total = sum(json.load(file))
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("x")
        file.flush()
        assert Path(file.name).read_text() == "x"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "deep", "er").mkdir(parents=True)
    with tempfile.SpooledTemporaryFile(max_size=10) as file:
        file.write(bytes(10_000))
    Path(tempfile.mkdtemp(), "left").write_text("here")
    return total
