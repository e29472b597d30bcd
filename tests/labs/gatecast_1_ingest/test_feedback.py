"""A check that fails names the fault, the table, how many rows, and one line of the file."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

SEED = 3
Spoil = Callable[[dict[str, pd.DataFrame]], None]


def said(measure: ModuleType, drop: Any, check: Callable[[dict[str, pd.DataFrame]], None], spoil: Spoil) -> str:
    """What the learner reads when this much is wrong with an answer that was right."""
    with measure.submission("solution") as code:
        answer = measure.compare.ingested(code, drop)
    check(answer)
    spoil(answer)
    with pytest.raises(AssertionError) as miss:
        check(answer)
    return str(miss.value)


@pytest.fixture(scope="module")
def day(measure: ModuleType, hidden: ModuleType) -> Any:
    return measure.days.day_of(hidden.tables(), "2013-05-05", SEED)


def test_a_lost_row_is_named_by_its_line(measure: ModuleType, day: Any) -> None:
    drop = measure.dirt.drop(day, seed=SEED)

    def lose(answer: dict[str, pd.DataFrame]) -> None:
        answer["flights"] = answer["flights"].drop(index=[4, 9])

    text = said(measure, drop, lambda answer: measure.compare.reconciled(answer, drop, "A good day"), lose)
    assert text.startswith(
        "A good day: flights.csv has 220 rows, but 218 came out and 0 are in quarantine: 2 are nowhere."
    )
    assert f"line 6: {drop.lines['flights'][6]}"[:100] in text


def test_a_wrong_value_is_shown_beside_the_right_one(measure: ModuleType, day: Any) -> None:
    drop = measure.dirt.drop(day, "a decimal comma", seed=SEED)

    def spoil(answer: dict[str, pd.DataFrame]) -> None:
        answer["weather"]["temp"] *= 100

    def check(answer: dict[str, pd.DataFrame]) -> None:
        measure.compare.tidy(answer, drop, "With a decimal comma (number-format)", ["weather"])

    text = said(measure, drop, check, spoil)
    assert re.match(
        r"With a decimal comma \(number-format\): \d+ of \d+ rows of weather have a wrong `temp`\. "
        r"Got \d+, expected [\d.]+\.\n  header: .*;.*\n  line \d+: .*;",
        text,
    )


def test_a_wrong_reason_is_named(measure: ModuleType, day: Any) -> None:
    drop = measure.dirt.drop(day, "an unknown carrier", seed=SEED)

    def spoil(answer: dict[str, pd.DataFrame]) -> None:
        answer["quarantine"]["reason"] = "duplicate-row"

    def check(answer: dict[str, pd.DataFrame]) -> None:
        measure.compare.rejected(answer, drop, "With an unknown carrier", ["flights"])

    text = said(measure, drop, check, spoil)
    assert "3 rejected rows of flights.csv have another reason. Expected orphan-key, got duplicate-row." in text


def test_an_invented_line_is_no_balance(measure: ModuleType, day: Any) -> None:
    drop = measure.dirt.drop(day, "rows sent twice", seed=SEED)

    def spoil(answer: dict[str, pd.DataFrame]) -> None:
        answer["quarantine"]["line"] = 9999

    text = said(measure, drop, lambda answer: measure.compare.reconciled(answer, drop, "A day"), spoil)
    assert "should name each rejected line of flights.csv once" in text
