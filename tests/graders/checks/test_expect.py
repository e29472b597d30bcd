"""Expectations: what counts as equal, and what a learner reads when something is not."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_graders.checks import Tensor, expect
from pushmark_graders.checks.expect import Unmet
from pushmark_graders.submission.errors import MissingName, Raised

NAN = float("nan")
TABLE = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers() | st.floats())


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (1, 1.0),
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (NAN, NAN),
        ([1, NAN], [1, NAN]),
        ({"a": (1, None)}, {"a": (1, None)}),
        ({1, 2}, {2, 1}),
        (np.array([1.0, NAN]), np.array([1.0, NAN])),
        (np.array(["2013-01-01", "NaT"], "M8[s]"), np.array(["2013-01-01", "NaT"], "M8[s]")),
        (TABLE, TABLE.copy()),
        (TABLE["b"], TABLE["b"].copy()),
        (10**400, 10**400),
    ],
)
def test_the_same_value_is_equal(got: object, expected: object) -> None:
    expect.equal(got, expected)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (True, 1),
        (1, True),
        (0, False),
        (None, 0),
        (0, None),
        ("1", 1),
        ([1], (1,)),
        ([1, 2], [1]),
        ([1, True], [1, 1]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": True}, {"a": 1}),
        (NAN, 0.0),
        (10**400, 3),
        (3, 10**400),
        (10**400, NAN),
        (10**400, 1.5),
        (np.array([1]), np.array([1, 2])),
        (np.array([1]), np.array([1.0])),
        (np.array([[1]]), np.array([1])),
        (TABLE, TABLE.rename(columns={"a": "c"})),
        (TABLE, TABLE.astype({"a": float})),
        (TABLE, None),
        (Tensor(np.ones(2)), [1.0, 1.0]),
    ],
)
def test_another_value_or_kind_is_not_equal_and_never_breaks_the_check(got: object, expected: object) -> None:
    with pytest.raises(Unmet):
        expect.equal(got, expected)


@given(value=PLAIN)
def test_every_plain_value_equals_itself(value: object) -> None:
    expect.equal(value, value)


@given(left=PLAIN, right=PLAIN)
def test_equality_does_not_depend_on_the_order(left: object, right: object) -> None:
    def same(one: object, other: object) -> bool:
        try:
            expect.equal(one, other)
        except Unmet:
            return False
        return True

    assert same(left, right) == same(right, left)


def test_a_miss_says_what_came_back_and_what_was_expected() -> None:
    with pytest.raises(Unmet) as caught:
        expect.equal({"to": 1}, {"to": 2}, "The words are not counted rightly.")
    assert str(caught.value) == ("The words are not counted rightly.\n  got:      {'to': 1}\n  expected: {'to': 2}")


def test_a_long_answer_is_shown_in_one_short_line() -> None:
    with pytest.raises(Unmet) as caught:
        expect.equal(list(range(1000)), np.zeros((50, 40)))
    _, got, expected = str(caught.value).splitlines()
    assert got == "  got:      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ... 990 more]"
    assert expected == "  expected: an array of shape (50, 40), float64, that begins [0.0, 0.0, 0.0]"


def test_a_table_is_shown_by_its_size_and_columns() -> None:
    with pytest.raises(Unmet, match=r"a table of 2 rows and 2 columns \(a, b\)"):
        expect.equal(TABLE, 3)


@pytest.mark.parametrize(
    "value", ["x" * 5000, {"k" * 50: "v" * 5000}, [["deep" * 100] * 10] * 10, 10**4000, "\ud800", object()]
)
def test_whatever_comes_back_is_shown_in_at_most_300_characters(value: object) -> None:
    with pytest.raises(Unmet) as caught:
        expect.equal(value, 3)
    assert max(map(len, str(caught.value).splitlines())) <= 300 + len("  expected: ")


def test_close_numbers_and_arrays_are_close() -> None:
    expect.close(0.1 + 0.2, 0.3)
    expect.close([1.0, 2.0], np.array([1.0, 2.05]), abs=0.1)
    expect.close(NAN, NAN)
    expect.close(np.int32(2), 2)


@pytest.mark.parametrize("got", [1.2, NAN, None, True, "1.0", [1.0], [[1], [1, 2]], {"a": 1}, TABLE, object(), 10**400])
def test_what_is_not_close_or_no_number_fails_without_breaking_the_check(got: object) -> None:
    with pytest.raises(Unmet):
        expect.close(got, 1.0, abs=0.1)


def test_a_miss_of_close_names_the_tolerance() -> None:
    with pytest.raises(Unmet, match=r"expected: 1.0 \(within 0.1\)"):
        expect.close(1.5, 1.0, abs=0.1)


def test_between_takes_both_ends_and_refuses_nan_and_arrays() -> None:
    expect.between(0.5, 0.5, 1.0)
    expect.between(1, 0.5, 1.0)
    wrong: list[Any] = [0.4, NAN, math.inf, None, True, [0.6], np.array([0.6, 0.7]), "0.6"]
    for got in wrong:
        with pytest.raises(Unmet, match=r"between 0.5 and 1"):
            expect.between(got, 0.5, 1.0)


def test_columns_names_the_missing_ones_and_allows_more() -> None:
    expect.columns(TABLE, ["b"])
    with pytest.raises(Unmet, match=r"Missing: c, d\.\n  got:      a, b"):
        expect.columns(TABLE, ["a", "c", "d"])


@pytest.mark.parametrize("got", [None, {"a": [1]}, TABLE["a"], np.zeros((2, 2))])
def test_what_is_no_table_is_refused_as_one(got: Any) -> None:
    with pytest.raises(Unmet, match="not a table"):
        expect.columns(got, ["a"])


def test_that_fails_with_the_authors_sentence() -> None:
    expect.that(True, "never shown")
    with pytest.raises(Unmet, match=r"^A flight is missing\.$"):
        expect.that([], "A flight is missing.")


def raised(kind: str) -> Callable[[], None]:
    def call() -> None:
        raise Raised("text", f"raised {kind}")

    return call


def test_raises_accepts_the_exception_and_its_subclasses() -> None:
    for kind in ("KeyError", "LookupError"):
        with expect.raises(kind):
            raised("KeyError")()


def test_raises_refuses_another_exception_none_and_a_parent() -> None:
    with pytest.raises(Unmet, match="another exception"), expect.raises("ValueError"):
        raised("KeyError")()
    with pytest.raises(Unmet, match="another exception"), expect.raises("KeyError"):
        raised("LookupError")()
    with pytest.raises(Unmet, match="no exception"), expect.raises("ValueError"):
        pass


def test_raises_does_not_take_a_missing_function_for_an_exception() -> None:
    with pytest.raises(MissingName), expect.raises("ValueError"):
        raise MissingName("words has no `count`", "a name is missing")
