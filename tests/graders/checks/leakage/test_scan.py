"""Single columns that tell too much: a hint for a message."""

import numpy as np
import pandas as pd
import pytest
from pushmark_graders.checks.leakage import describe, scan_columns

RANDOM = np.random.default_rng(1)
LATE = pd.Series(RANDOM.random(2_000) < 0.3)
DELAY = pd.Series(np.where(LATE, 40.0, 0.0) + RANDOM.normal(0, 25, 2_000))


def test_the_column_that_is_the_answer_comes_first_and_an_honest_one_does_not_show() -> None:
    features = pd.DataFrame(
        {"hour": RANDOM.integers(0, 24, 2_000), "early": -DELAY, "half": DELAY.where(LATE.index % 2 == 1)}
    )
    assert {one.column for one in scan_columns(features, LATE)} == {"early", "half"}
    first, second = scan_columns(features, LATE)
    assert first.strength >= second.strength
    assert 0.8 < first.strength < 0.95
    assert f"`{first.column}` alone has an AUC of 0.8" in describe([first, second])


def test_a_value_that_is_missing_for_the_late_ones_tells_too() -> None:
    (found,) = scan_columns(pd.DataFrame({"arrived": pd.Series(1.0, LATE.index).mask(LATE)}), LATE)
    assert found.strength == 1.0


def test_names_tell_by_what_others_of_the_same_name_did_so_one_of_each_tells_nothing() -> None:
    names = pd.Series([f"n{number}" for number in range(2_000)])
    kinds = LATE.map({True: "storm", False: "calm"}).where(RANDOM.random(2_000) < 0.9, "unknown")
    found = scan_columns(pd.DataFrame({"name": names, "kind": kinds.astype("category")}), LATE)
    assert [one.column for one in found] == ["kind"]


def test_a_label_of_many_values_is_compared_by_rank() -> None:
    (found,) = scan_columns(pd.DataFrame({"cubed": -(DELAY**3), "other": RANDOM.random(2_000)}), DELAY)
    assert (found.column, found.measure) == ("cubed", "a rank correlation of")
    assert found.strength == pytest.approx(1.0)


def test_moments_count_as_numbers_and_constants_tell_nothing() -> None:
    moments = pd.Timestamp("2020-01-01") + pd.to_timedelta(DELAY, unit="min")
    found = scan_columns(pd.DataFrame({"at": moments, "same": 1, "none": None}), LATE)
    assert [one.column for one in found] == ["at"]


def test_labels_of_other_rows_are_the_authors_mistake() -> None:
    with pytest.raises(ValueError, match="one label a row, got 2 for 1 rows"):
        scan_columns(pd.DataFrame({"a": [1]}), pd.Series([0, 1]))
