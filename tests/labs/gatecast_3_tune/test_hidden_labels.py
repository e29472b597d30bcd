"""Labels of the hidden months are simulated: they follow the features, and nobody can look them up."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score


@pytest.fixture(scope="module")
def drawn(hidden: ModuleType, lab: Path) -> Any:
    return hidden.hidden_set(7, lab)


def test_the_inputs_hold_no_label_and_only_november_and_december(drawn: Any) -> None:
    table = drawn.inputs["table"]
    assert "late" not in table
    assert set(table["month"]) == {11, 12}
    assert drawn.labels.shape == (len(table),)


def test_a_seed_always_draws_the_same_labels_and_another_seed_others(drawn: Any, hidden: ModuleType, lab: Path) -> None:
    again, other = hidden.hidden_set(7, lab), hidden.hidden_set(8, lab)
    np.testing.assert_array_equal(again.labels, drawn.labels)
    assert list(other.inputs["table"].index) != list(drawn.inputs["table"].index)


def test_real_labels_tell_less_of_them_than_features_do(drawn: Any, hidden: ModuleType) -> None:
    rows, chances = hidden.world(7)
    looked_up = roc_auc_score(drawn.labels, rows["late"])
    assert looked_up < 0.65
    assert roc_auc_score(drawn.labels, drawn.references["tuned"]) > looked_up + 0.05
    assert roc_auc_score(drawn.labels, chances) < 0.80
