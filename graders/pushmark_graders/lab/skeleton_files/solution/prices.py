"""Prices as a shop writes them."""

from statistics import median


def parse(text: str) -> float | None:
    """The number that `text` stands for, or None."""
    try:
        return float(text.strip().removesuffix(" EUR").replace(",", ""))
    except ValueError:
        return None


def clean(texts: list[str]) -> list[float]:
    """A number for every text; the median of the others where there is none."""
    numbers = [parse(text) for text in texts]
    middle = median(number for number in numbers if number is not None)
    return [middle if number is None else number for number in numbers]
