"""What both parts of a split hold: customers with visits, in which each fault is put by hand."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pushmark_graders.checks.expect import Unmet
from pushmark_graders.checks.leakage import Overlap, expect_none, split_overlap


def visits(numbers: list[int], **columns: Any) -> pd.DataFrame:
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(numbers, unit="D")
    plain = {"visit": numbers, "customer": [f"c{number}" for number in numbers], "day": day, "price": numbers}
    return pd.DataFrame(plain | columns).astype({"price": float})


EARLY, LATE = visits([1, 2, 3, 4]), visits([10, 11, 12])


def test_a_clean_split_has_no_overlap_of_any_kind() -> None:
    near = {"price": 0.5, "customer": 0}
    assert split_overlap(EARLY, LATE, key="visit", near=near, groups=["customer"], time="day") == []


def test_rows_in_both_parts_are_counted_with_an_example() -> None:
    (found,) = split_overlap(EARLY, visits([3, 4, 12]), key="visit")
    assert found == Overlap("`visit`", 2, 3, "3")
    assert found.sentence() == "2 of 3 validation rows are in training too, by `visit`: 3 for one."


def test_a_key_of_several_columns_is_in_both_parts_only_as_a_whole() -> None:
    others = visits([10, 11], customer=["c1", "c2"])
    assert split_overlap(EARLY, others, key=["visit", "customer"]) == []
    assert split_overlap(EARLY, visits([1, 11]), key=["visit", "customer"])[0].rows == 1


def test_near_copies_are_rows_that_are_close_in_every_declared_column() -> None:
    near = {"price": 0.5, "customer": 0}
    copies = visits([10, 11, 12], customer=["c1", "c2", "c9"], price=[1.4, 2.6, 3.0])
    (found,) = split_overlap(EARLY, copies, near=near)
    assert (found.rows, found.example) == (1, "1.4, c1")
    assert "near copies in `price`, `customer`" in found.sentence()


def test_missing_values_are_near_copies_of_missing_values_alone() -> None:
    none = float("nan")
    holes = visits([1, 2], price=[none, 0.0], customer=[None, "c9"])
    assert split_overlap(holes, visits([10], price=[none], customer=[None]), near={"price": 1, "customer": 0})
    assert not split_overlap(holes, visits([10], price=[none], customer=["c9"]), near={"price": 1, "customer": 0})


def test_each_group_belongs_to_one_part() -> None:
    (found,) = split_overlap(EARLY, visits([10, 11], customer=["c1", "c9"]), groups=["customer"])
    assert found.sentence() == "1 of 2 validation rows are in training too, by `customer`: c1 for one."


def test_training_is_over_before_validation_begins_and_a_tie_is_not_before() -> None:
    (found,) = split_overlap(visits([1, 9, 10, 11]), visits([10, 12]), time="day", parts=("teaching", "judging"))
    assert found.sentence() == (
        "2 of 4 teaching rows do not come before all judging rows in `day`: the last is of 2020-01-12 00:00, and "
        "judging begins at 2020-01-11 00:00."
    )


def test_a_split_is_a_check_like_the_probes() -> None:
    with pytest.raises(Unmet, match=r"^The split leaks:\n1 of 1 validation rows") as caught:
        expect_none(split_overlap(EARLY, visits([1]), key="visit"), "The split leaks:")
    assert caught.value.leaks == [], "a split has no column of features"


@pytest.mark.parametrize(
    ("teaching", "judging", "sentence"),
    [
        (EARLY.iloc[:0], LATE, "training part has no rows"),
        (EARLY, [1, 2], "validation part has no rows"),
        (EARLY, LATE.drop(columns="visit"), "validation part has no column visit"),
    ],
)
def test_parts_that_cannot_be_compared_are_the_learners_to_mend(teaching: Any, judging: Any, sentence: str) -> None:
    with pytest.raises(Unmet, match=sentence):
        split_overlap(teaching, judging, key="visit")


numbers = st.lists(st.integers(0, 30), min_size=1, max_size=30)


@settings(max_examples=60)
@given(numbers, numbers, st.integers(0, 4))
def test_near_copies_are_those_that_a_search_of_all_pairs_finds(left: list[int], right: list[int], reach: int) -> None:
    teaching, judging = visits(left, kind=[one % 2 for one in left]), visits(right, kind=[one % 2 for one in right])
    expected = sum(any(abs(one - other) <= reach and one % 2 == other % 2 for other in left) for one in right)
    found = split_overlap(teaching, judging, near={"price": reach, "kind": 0})
    assert sum(one.rows for one in found) == expected


@settings(max_examples=60)
@given(numbers, numbers)
def test_keys_groups_and_time_agree_with_sets(left: list[int], right: list[int]) -> None:
    found = split_overlap(visits(left), visits(right), key="visit", groups=["customer"], time="day")
    shared = sum(one in left for one in right)
    late = sum(one >= min(right) for one in left)
    assert [one.rows for one in found] == [rows for rows in (shared, shared, late) if rows]
