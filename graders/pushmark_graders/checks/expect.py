"""What to expect of an answer. A miss says what came back and what was expected, in the learner's words.

Values come from a worker, so they are exact built-in types, arrays or tables, whatever the submission's
classes claimed to be.
"""

import builtins
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from pushmark_graders.report.model import LeakFinding, Location
from pushmark_graders.submission.errors import Raised
from pushmark_graders.submission.show import show

if TYPE_CHECKING:
    import pandas as pd


class Unmet(AssertionError):
    """An expectation that does not hold. `got` and `expected` are short texts; either may be empty.

    `location` is the line of the learner's file to look at; without it, that is where the last called function is.
    `leaks` are columns that knew too much, for the report.
    """

    def __init__(
        self,
        sentence: str,
        *,
        got: str = "",
        expected: str = "",
        location: Location | None = None,
        leaks: Sequence[LeakFinding] = (),
    ) -> None:
        parts = [sentence, f"  got:      {got}" if got else "", f"  expected: {expected}" if expected else ""]
        super().__init__("\n".join(part for part in parts if part))
        self.location = location
        self.leaks = list(leaks)


def that(condition: object, sentence: str) -> None:
    """Fail with `sentence` when `condition` is false."""
    if not condition:
        raise Unmet(sentence)


def equal(got: Any, expected: Any, sentence: str = "The answer is not what it should be.") -> None:
    """Same value and same kind: True is not 1, "1" is not 1, a list is not a tuple; NaN equals NaN."""
    if not _same(got, expected):
        raise Unmet(sentence, got=show(got), expected=show(expected))


def close(
    got: Any, expected: Any, *, abs: float = 0.0, rel: float = 1e-9, sentence: str = "The number is off."
) -> None:
    """Numbers or arrays of numbers within `abs` + `rel` * |expected| of each other; NaN equals NaN."""
    left, right = _numbers(got), _numbers(expected)
    if left is None or right is None or left.shape != right.shape:
        raise Unmet(sentence, got=show(got), expected=show(expected))
    if not np.allclose(left, right, atol=abs, rtol=rel, equal_nan=True):
        within = f"{show(expected)} (within {abs:g})" if abs else show(expected)
        raise Unmet(sentence, got=show(got), expected=within)


def between(got: Any, low: float, high: float, sentence: str = "The number is out of range.") -> None:
    """A finite number with low <= number <= high."""
    number = _numbers(got)
    if number is None or number.ndim != 0 or not low <= float(number) <= high:
        raise Unmet(sentence, got=show(got), expected=f"between {low:g} and {high:g}")


def columns(table: "pd.DataFrame", expected: Sequence[str], sentence: str = "The columns are not as agreed.") -> None:
    """A table that has at least the `expected` columns; names the missing ones."""
    is_table(table)
    missing = [name for name in expected if name not in table.columns]
    if missing:
        raise Unmet(
            f"{sentence} Missing: {', '.join(missing)}.", got=", ".join(str(name)[:60] for name in table.columns[:60])
        )


def is_table(value: Any) -> None:
    """A pandas DataFrame."""
    import pandas as pd  # noqa: PLC0415  (a lab without tables need not pay for it)

    if not isinstance(value, pd.DataFrame):
        raise Unmet("The answer is not a table.", got=show(value), expected="a pandas DataFrame")


@contextmanager
def raises(kind: str) -> Iterator[None]:
    """The submission raises the built-in exception `kind` (or a subclass of it) inside the block."""
    try:
        yield
    except Raised as raised:
        got = getattr(builtins, raised.kind.removeprefix("raised "), None)
        if not isinstance(got, type) or not issubclass(got, getattr(builtins, kind)):
            raise Unmet("It raised another exception.", got=raised.kind, expected=f"raised {kind}") from None
    else:
        raise Unmet("It accepted what it should refuse.", got="no exception", expected=f"raised {kind}")


def _same(got: Any, expected: Any) -> bool:
    got, expected = _plain(got), _plain(expected)
    if isinstance(expected, bool) or isinstance(got, bool) or got is None or expected is None:
        return type(got) is type(expected) and bool(got == expected)
    if isinstance(got, int | float) and isinstance(expected, int | float):
        return got == expected or (got != got and expected != expected)  # noqa: PLR0124  (NaN; isnan overflows)
    if type(got) is not type(expected):
        return False
    if isinstance(expected, list | tuple):
        return len(got) == len(expected) and all(map(_same, got, expected))
    if isinstance(expected, dict):
        return got.keys() == expected.keys() and all(_same(got[key], expected[key]) for key in expected)
    if isinstance(expected, np.ndarray):
        return _same_arrays(got, expected)
    if hasattr(expected, "equals"):
        return bool(got.equals(expected))
    return bool(got == expected)


def _same_arrays(got: np.ndarray, expected: np.ndarray) -> bool:
    if got.shape != expected.shape or got.dtype.kind != expected.dtype.kind:
        return False
    return np.array_equal(got, expected, equal_nan=expected.dtype.kind in "fcmM")


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) and value.dtype.kind in "biuf" else value


def _numbers(value: Any) -> np.ndarray | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        return None
    return array.astype(float) if array.dtype.kind in "iuf" else None
