"""Payloads do harm where nothing confines them: an attack that fails by its own bug would prove nothing.

Only those run here that leave the machine as it was.
"""

import json
import os
import pickle
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.attacks.arena import Lab
from tests.attacks.cases import HERE, corpus, lay, lay_twin

UNSAFE = HERE / "unsafe_grader.py"
HARMLESS = ["kernel-namespaces", "kernel-rings", "network-families", "inherited-descriptors", "ways-out"]


def points(lab: Lab, submission: Path, place: Path) -> float:
    out = place / "result.json"
    argv = [sys.executable, "-I", str(UNSAFE), str(lab.folder), str(submission), str(out)]
    with (place / "printed").open("wb") as stream:
        subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, timeout=60, check=False, cwd=submission
        )
    return float(json.loads(out.read_text())["points"])


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="an ordinary user is confined already")
@pytest.mark.parametrize("name", HARMLESS)
def test_a_probe_wins_where_nothing_confines_it(name: str, lab: Lab, tmp_path: Path) -> None:
    attack = next(one for one in corpus() if one.id == name)
    lay_twin(attack.twin, tmp_path / "twin")
    lay(attack, tmp_path / "attack", {"SINK": "9", "VICTIM": str(tmp_path)})
    assert points(lab, tmp_path / "attack", tmp_path) > points(lab, tmp_path / "twin", tmp_path)


def test_every_probe_that_is_run_here_is_a_probe() -> None:
    assert {attack.id for attack in corpus() if attack.probe} >= set(HARMLESS)


@pytest.mark.parametrize("path", sorted(HERE.glob("corpus/*/files/**/*.pkl")), ids=lambda path: path.parts[-3])
def test_a_pickle_that_is_shipped_runs_code_when_it_is_loaded(path: Path) -> None:
    """Looked at, not loaded: its operations name a function and call it."""
    import pickletools

    operations = [operation.name for operation, _, _ in pickletools.genops(path.read_bytes())]
    assert {"GLOBAL", "REDUCE", "STOP"} <= set(operations)


def test_arrays_that_are_shipped_hold_objects(tmp_path: Path) -> None:
    import base64

    import numpy as np

    settings = tomllib.loads((HERE / "corpus" / "loaded-arrays" / "attack.toml").read_text())
    for name, text in settings["encoded"].items():
        place = tmp_path / Path(name).name
        place.write_bytes(base64.b64decode(text))
        with pytest.raises(ValueError, match="allow_pickle"):
            list(np.load(place, allow_pickle=False).values() if place.suffix == ".npz" else np.load(place))


def test_a_payload_written_as_code_in_text_is_code() -> None:
    """Programs inside strings and pickles are compiled by nobody else."""
    bombs = [path for path in HERE.glob("corpus/*/files/**/*.pkl") if b"builtins\nexec" in path.read_bytes()]
    assert bombs
    for path in bombs:
        source = path.read_text().split("(V", 1)[1].rsplit("\ntR.", 1)[0]
        compile(source, str(path), "exec")
    assert pickle.loads(b"I1\n.") == 1  # the oldest protocol, in which the shipped ones are written
