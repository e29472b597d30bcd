"""Prices as a shop writes them."""


def parse(text: str) -> float | None:
    """The number that `text` stands for, or None."""
    return float(text.removesuffix(" EUR"))


def clean(texts: list[str]) -> list[float]:
    """A number for every text; the median of the others where there is none."""
    raise NotImplementedError("task 2")
