"""Prices, read with a regular expression."""

import re
from statistics import median


def parse(text: str) -> float | None:
    """The number that `text` stands for, or None."""
    found = re.fullmatch(r"\s*([\d,]+(?:\.\d+)?) EUR\s*", text)
    return float(found[1].replace(",", "")) if found else None


def clean(texts: list[str]) -> list[float]:
    """A number for every text; the median of the others where there is none."""
    known = [number for text in texts if (number := parse(text)) is not None]
    return [median(known) if (number := parse(text)) is None else number for text in texts]
