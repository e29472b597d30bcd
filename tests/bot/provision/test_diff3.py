"""Two changes of one text are merged, or told apart; and never is one of them lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_bot.provision.diff3 import MOST_PAIRS, merge

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n", "e"]), max_size=8).map("".join)
BASE = "".join(f"line {at}\n" for at in range(10))


def changed(*lines: int, to: str = "mine") -> str:
    """The base with some lines changed."""
    return "".join(f"{to} {at}\n" if at in lines else f"line {at}\n" for at in range(10))


def test_changes_in_different_places_are_both_taken() -> None:
    merged = merge(BASE, changed(1), changed(7, to="theirs"))
    assert merged == BASE.replace("line 1\n", "mine 1\n").replace("line 7\n", "theirs 7\n")


def test_changes_of_one_line_are_a_conflict() -> None:
    assert merge(BASE, changed(4), changed(4, to="theirs")) is None


def test_changes_of_lines_that_touch_are_a_conflict_as_for_git() -> None:
    assert merge(BASE, changed(4), changed(5, to="theirs")) is None


def test_the_same_change_on_both_sides_is_one_change() -> None:
    assert merge(BASE, changed(4), changed(4)) == changed(4)


def test_added_and_removed_lines_are_merged_too() -> None:
    ours = "new\n" + BASE
    theirs = BASE.replace("line 8\n", "")
    assert merge(BASE, ours, theirs) == "new\n" + theirs


@given(TEXTS, TEXTS)
def test_when_one_side_changed_nothing_the_other_is_taken(base: str, other: str) -> None:
    assert merge(base, base, other) == other
    assert merge(base, other, base) == other


@given(TEXTS, TEXTS)
def test_two_sides_that_agree_are_taken(base: str, both: str) -> None:
    assert merge(base, both, both) == both


@given(TEXTS, TEXTS, TEXTS)
def test_which_side_is_which_does_not_matter(base: str, one: str, other: str) -> None:
    assert merge(base, one, other) == merge(base, other, one)


@given(TEXTS, TEXTS, TEXTS)
def test_no_line_is_made_up(base: str, one: str, other: str) -> None:
    merged = merge(base, one, other)
    if merged is not None:
        known = {*base.splitlines(True), *one.splitlines(True), *other.splitlines(True)}
        assert set(merged.splitlines(keepends=True)) <= known | {left + right for left in known for right in known}


@pytest.mark.parametrize("lines", [600, 20_000])
def test_texts_that_would_take_for_ever_are_not_merged(lines: int) -> None:
    assert lines * lines > MOST_PAIRS
    same = "\n" * lines
    assert merge(same, same + "mine\n", "theirs\n" + same) is None
