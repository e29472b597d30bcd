"""A hidden set is made once for all attempts at a lab with one seed, and nobody can change it."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from pushmark_graders.checks import HiddenSet
from pushmark_graders.grading import hidden_faults
from pushmark_graders.grading.hidden_sets import HiddenSets
from pushmark_graders.lab.metric_spec import MetricSpec
from pushmark_graders.lab.spec import LabSpec, load_lab

TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
HIDDEN = """
import numpy as np
from pathlib import Path
from pushmark_graders.checks import HiddenSet


def hidden_set(seed, lab):
    with (lab / "made.txt").open("a") as file:
        file.write(f"{seed}\\n")
    numbers = np.arange(40)
    labels = numbers + seed % 7.0
    return HiddenSet({}, labels, {"zero": np.zeros(40)}, numbers, numbers // 2, {"few": numbers < 20})
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
    for array in (made.labels, made.references["zero"], made.groups, made.blocks, made.slices["few"]):
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


DAYS = np.arange(200) // 10
COIN = np.arange(200) % 2
NEEDS: dict[str, dict[str, Any]] = {
    "precision_at_k": {"k": 3},
    "calibration_error": {"bins": 5},
    "cost": {"false_positive_cost": 1.0, "false_negative_cost": 1.0},
}


def faults_of(spec: LabSpec, function: str, made: HiddenSet) -> list[str]:
    fields: dict[str, Any] = {"name": "m", "title": "M", "predict": "m:p", "points": 1.0, "baseline": 0.0}
    keys = {"target": 1.0, "function": function, "reference": "r" if made.references else ""}
    metric = MetricSpec(**(fields | keys | NEEDS.get(function, {})))
    return hidden_faults.faults(replace(spec, metrics=[metric]), made, "a")


@pytest.mark.parametrize(
    ("function", "made", "fault"),
    [
        ("ndcg", HiddenSet({}, COIN), "groups is missing: ndcg ranks the rows of each group"),
        ("ndcg", HiddenSet({}, COIN - 1, groups=DAYS), "a label is below 0, and ndcg takes labels as gains"),
        ("precision_at_k", HiddenSet({}, COIN * 2, groups=DAYS), "labels are not all 0 or 1"),
        ("ndcg", HiddenSet({}, COIN, groups=DAYS[:9]), "groups is no array of 200 whole numbers, dates or texts"),
        ("ndcg", HiddenSet({}, COIN, groups=DAYS * 1.0), "groups is no array of 200 whole numbers, dates or texts"),
        ("ndcg", HiddenSet({}, COIN, groups=DAYS // 2), "groups has 10 different values, and fewer than 20 tell no"),
        ("accuracy", HiddenSet({}, COIN, blocks=DAYS[:9]), "blocks is no array of 200 whole numbers, dates or texts"),
        ("accuracy", HiddenSet({}, COIN, blocks=DAYS // 2), "blocks has 10 different values, and fewer than 20 tell"),
        ("ndcg", HiddenSet({}, COIN, groups=DAYS, blocks=np.arange(200) % 25), "a group lies in more than one of the"),
        ("roc_auc", HiddenSet({}, (DAYS == 3) * 1, blocks=DAYS), "one half has rows of one class alone"),
        ("accuracy", HiddenSet({}, COIN, slices={"s": COIN}), "slice 's' is no array of 200 times true or false"),
        ("accuracy", HiddenSet({}, COIN, slices={"s": COIN[:9] > 0}), "slice 's' is no array of 200 times true or"),
        ("accuracy", HiddenSet({}, COIN, slices={"s": DAYS == 1}), "slice 's' has 10 rows, and fewer than 20 say"),
        ("brier", HiddenSet({}, COIN * 2), "labels are not all 0 or 1, and brier takes no others"),
        ("brier", HiddenSet({}, COIN, {"r": COIN * 1.5}), "reference 'r' is not all probabilities, from 0 to 1"),
        ("cost", HiddenSet({}, COIN, {"r": COIN - 0.5}), "reference 'r' is not all probabilities, from 0 to 1"),
        ("calibration_error", HiddenSet({}, COIN / 2), "labels are not all 0 or 1"),
        ("average_precision", HiddenSet({}, COIN * 0), "all labels are alike, so that average_precision does not"),
        ("average_precision", HiddenSet({}, COIN.astype(str)), "labels has a value that is no finite number"),
        ("rmse", HiddenSet({}, np.where(COIN, np.nan, 0.0)), "labels has a value that is no finite number"),
    ],
)
def test_a_set_that_a_metric_cannot_use_says_why(spec: LabSpec, function: str, made: HiddenSet, fault: str) -> None:
    found = faults_of(spec, function, made)
    assert len(found) == 1
    assert found[0].startswith(fault)


@pytest.mark.parametrize("function", ["ndcg", "precision_at_k", "brier", "cost", "calibration_error", "accuracy"])
def test_a_set_that_a_metric_can_use_has_no_fault(spec: LabSpec, function: str) -> None:
    assert faults_of(spec, function, HiddenSet({}, COIN, {"r": COIN * 0.5}, groups=DAYS)) == []
    by_day = HiddenSet({}, COIN, {"r": COIN * 0.5}, groups=np.arange(200) // 2, blocks=DAYS.astype(str))
    assert faults_of(spec, function, by_day) == []


def test_repeats_give_the_seed_themselves(spec: LabSpec) -> None:
    fields: dict[str, Any] = {
        "name": "m",
        "title": "M",
        "predict": "m:p",
        "points": 1.0,
        "baseline": 0.0,
        "target": 1.0,
    }
    again = replace(spec, metrics=[MetricSpec(**fields, function="accuracy", repeats=3)])
    assert hidden_faults.faults(again, HiddenSet({"x": 1}, COIN), "a") == []
    found = hidden_faults.faults(again, HiddenSet({"seed": 1}, COIN), "a")
    assert found == ["inputs has a seed, which the repeats of metric m give themselves"]
