"""How numbers are written for a person: points, measured values, shares, durations, counts."""

import math


def amount(points: float) -> str:
    """Write points as a person would: 3, 11.5, 0.33."""
    if not math.isfinite(points):
        return "not a number"
    if abs(points) >= 1e9:
        return f"{points:.3g}"
    return f"{round(points, 2) + 0.0:,.2f}".rstrip("0").rstrip(".")


def number(value: float | None) -> str:
    """Write a measured or claimed value with three significant digits after what is common to rates."""
    if value is None:
        return "none"
    if not math.isfinite(value):
        return "not a number"
    if not value:
        return "0"
    return f"{value:.3f}" if 0.001 <= abs(value) < 1000 else f"{value:.3g}"


def quantity(value: float | None, unit: str) -> str:
    """Write a value in its unit: "12.1 ms", "1,204 KiB"; nothing where there is none."""
    if value is None or not math.isfinite(value):
        return "" if value is None else number(value)
    written = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{written} {unit}".strip() if abs(value) < 1e9 else f"{value:.3g} {unit}".strip()


def ratio(value: float | None) -> str:
    """Write how many times the reference something is: "1.17 times"; nothing where there is none."""
    if value is None or not math.isfinite(value):
        return "" if value is None else number(value)
    return f"{value:.3g} times"


def share(part: float, whole: float) -> str:
    """Write a part of a whole as "1.4 %"; a part that is not nothing is never "0.0 %"."""
    if not whole or not math.isfinite(part) or not math.isfinite(whole):
        return "none"
    percent = 100 * part / whole
    return "under 0.1 %" if 0 < percent < 0.1 else f"{percent:.1f} %"


def duration(seconds: float) -> str:
    """Write seconds as 0.4 s, 38 s or 3 min 12 s."""
    if not math.isfinite(seconds):
        return "not a number"
    if abs(seconds) >= 1e9:
        return f"{seconds:.3g} s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def count(number_of: int, noun: str) -> str:
    """Write a number of things: "1 check", "1,204 checks"."""
    return f"{number_of:,} {noun}{'' if number_of == 1 else 's'}"


def change(now: float, before: float | None) -> str:
    """Say how points moved since the last attempt: "+2", "-1.5", "same", or "" without one."""
    if before is None:
        return ""
    difference = round(now - before, 2)
    if not difference:
        return "same"
    return f"{'+' if difference > 0 else '-'}{amount(abs(difference))}"
