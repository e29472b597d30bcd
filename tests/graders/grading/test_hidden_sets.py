"""A hidden set is made once for all attempts at a lab with one seed, and nobody can change it."""

import shutil
from pathlib import Path

import pytest
from pushmark_graders.grading.hidden_sets import HiddenSets
from pushmark_graders.lab.spec import LabSpec, load_lab

TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
HIDDEN = """
import numpy as np
from pathlib import Path
from pushmark_graders.checks import HiddenSet


def hidden_set(seed, lab):
    with (lab / "made.txt").open("a") as file:
        file.write(f"{seed}\\n")
    labels = np.arange(9.0) + seed % 7
    return HiddenSet({}, labels, {"zero": np.zeros(9)})
"""


@pytest.fixture
def spec(tmp_path: Path) -> LabSpec:
    lab = Path(shutil.copytree(TINY, tmp_path / "labs" / "tiny-lab"))
    (lab / "hidden.py").write_text(HIDDEN)
    return load_lab(lab)


def test_it_is_made_once_for_each_seed(spec: LabSpec) -> None:
    sets = HiddenSets()
    assert sets.of(spec, "a") is sets.of(spec, "a")
    assert sets.of(spec, "b") is not sets.of(spec, "a")
    seeds = (spec.root / "made.txt").read_text().split()
    assert (len(seeds), len(set(seeds))) == (3, 2)


def test_its_arrays_cannot_be_written_to(spec: LabSpec) -> None:
    made = HiddenSets().of(spec, "a")
    for array in (made.labels, made.references["zero"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
