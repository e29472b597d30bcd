"""Cells of a CSV file: numbers that every program reads, and text that no spreadsheet takes for a formula.

A cell that begins with `=`, `+`, `-` or `@` is a formula to a spreadsheet, and what it says may come from a learner: a
name, an address, the title of a repository. Such a cell gets an apostrophe before it, unless it is a number.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_STARTS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")


def harmless(text: str) -> str:
    """The text as a cell that is no formula."""
    is_formula = text.lstrip()[:1] in _STARTS and text.strip() and not _NUMBER.fullmatch(text.strip())
    return f"'{text}" if is_formula else text


def number(value: float | None, decimal: str = ".") -> str:
    """Points with at most two places, no separator of thousands, and nothing for None."""
    if value is None:
        return ""
    return f"{value + 0.0:.2f}".rstrip("0").rstrip(".").replace(".", decimal)


def written(rows: Iterable[Sequence[str]]) -> str:
    """Rows as the text of a CSV file, every cell harmless."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([[harmless(cell) for cell in row] for row in rows])
    return text.getvalue()
