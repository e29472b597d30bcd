"""Whatever a submission answers, an expectation is met or not met: a check that breaks would void the attempt."""

import datetime
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pushmark_graders.checks import Tensor, expect
from pushmark_graders.frames import Handle
from pushmark_graders.submission.show import LONGEST

HOSTILE: list[Any] = [
    None,
    True,
    10**400,
    -(10**4299),
    float("nan"),
    float("-inf"),
    1e308,
    5e-324,
    complex("nan"),
    "",
    "x" * 100_000,
    b"\xff" * 100_000,
    [],
    [[], [[]], [[[]]]],
    [10**400, 1],
    ["a", 1, None],
    (1, (2,)),
    {},
    {True: 1, 2: [None]},
    {(1, 2): {"a": float("nan")}},
    set(),
    frozenset({1, "a"}),
    np.array([]),
    np.array(5),
    np.array([np.nan, np.inf]),
    np.zeros((0, 5, 0)),
    np.array(["a", None], dtype=object),
    np.array(["2020-01-01", "NaT"], dtype="M8[ns]"),
    np.array([b"a"]),
    np.array([True]),
    np.float16("inf"),
    np.datetime64("NaT"),
    np.array([1 + 2j]),
    datetime.datetime(1, 1, 1),
    datetime.timedelta.max,
    pd.Timestamp.max,
    pd.NaT,
    pd.DataFrame(),
    pd.DataFrame({"a": [1, None], "b": ["x", None]}),
    pd.DataFrame([[1, 2]], columns=["a", "a"]),
    pd.DataFrame({0: pd.Categorical(["a"])}),
    pd.Series([], dtype=object),
    pd.Series([1, 2], index=["a", "a"]),
    Tensor(np.array([1.0])),
    Handle(2**62, "float" * 20, True),
]

EXPECTATIONS: list[Callable[[Any], None]] = [
    *(lambda got, right=right: expect.equal(got, right) for right in HOSTILE),
    lambda got: expect.close(got, 1.0),
    lambda got: expect.close(got, np.array([1.0, np.nan])),
    lambda got: expect.close(got, [1, 2], abs=0.1),
    lambda got: expect.between(got, 0.0, 1.0),
    lambda got: expect.columns(got, ["a", "b"]),
    expect.is_table,
]


@pytest.mark.parametrize("got", HOSTILE, ids=[f"{place} {type(value).__name__}" for place, value in enumerate(HOSTILE)])
@pytest.mark.filterwarnings("ignore")
def test_an_expectation_is_met_or_not_met(got: Any) -> None:
    assert max(len(told(expectation, got)) for expectation in EXPECTATIONS) < 4 * LONGEST + 1000


def told(expectation: Callable[[Any], None], got: Any) -> str:
    try:
        expectation(got)
    except AssertionError as unmet:
        return str(unmet)
    return ""


def test_equal_takes_no_value_for_another() -> None:
    for left, right in ((True, 1), (1, True), ("1", 1), ([1], (1,)), (None, 0), (b"a", "a"), (10**400, float("inf"))):
        with pytest.raises(AssertionError):
            expect.equal(left, right)
