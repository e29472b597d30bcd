"""The arithmetic behind every chart: sparklines, and the numbers on an axis."""

import math
from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
GAP = "·"
"""Stands for a value that is not a number."""


def sparkline(values: Sequence[float], most: int = 24) -> str:
    """Draw values as a line of small bars from the least to the greatest; at most `most` of them, evenly chosen."""
    shown = thinned(values, most)
    finite = [value for value in shown if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    return "".join(_bar(value, low, high) if math.isfinite(value) else GAP for value in shown)


def _bar(value: float, low: float, high: float) -> str:
    place = position(value, low, high)
    return BARS[round(place * (len(BARS) - 1))]


def position(value: float, low: float, high: float) -> float:
    """Where a value is between two others, from 0 to 1; in the middle where they are the same."""
    wide = high / 2 - low / 2  # half of it, for the whole may be more than a float holds
    if not wide:
        return 0.5
    return min(1.0, max(0.0, (value / 2 - low / 2) / wide))


def thinned(values: Sequence[float], most: int) -> list[float]:
    """Return at most `most` values, evenly chosen, the first and the last among them."""
    if len(values) <= most:
        return list(values)
    last = len(values) - 1
    return [values[round(place * last / (most - 1))] for place in range(most)]


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Return about `about` round numbers from `low` to `high`: steps of 1, 2 or 5 times a power of ten."""
    wide = high - low
    if not math.isfinite(wide) or wide < 1e-300 or wide < 1e-9 * max(abs(low), abs(high)):
        return [low]
    rough = wide / max(1, about - 1)
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(scale * factor for factor in (1, 2, 5, 10) if scale * factor >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(index * step, 12) + 0.0 for index in range(first, last + 1)]


def padded(values: Sequence[float], part: float = 0.08) -> tuple[float, float]:
    """Return a range that holds all finite values, with some room on both sides."""
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    room = (high - low) * part or abs(high) * part or 1.0
    return low - room, high + room
