"""How far a measurement would move on other hidden rows of the same kind.

Efron and Tibshirani (1993), An Introduction to the Bootstrap: chapter 13 for the percentile interval, chapter 6 for
the standard deviation. Rows that come together, such as the flights of a day, are drawn together, and nothing is
drawn within them (Davison and Hinkley 1997, Bootstrap Methods and their Application, section 3.8): rows of one day
share its luck, and draws of single rows would not see it.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pushmark_graders.grading.measures import Draw

RESAMPLES = 200
"""Bootstrap draws for the 95 % interval; its ends then move by about a tenth of its width."""

NOISE_DRAWS = 50
"""How many of them ask the reference too: a standard deviation from so few is right to a tenth."""


@dataclass(frozen=True)
class Spread:
    """The 95 % interval of the measurement, and the standard deviation of the skill; NaN where there is none."""

    low: float
    high: float
    noise: float


def spread(
    measured: Callable[[Draw], float], reference: Callable[[Draw], float] | None, draws: Iterable[Draw]
) -> Spread:
    """The spread over `draws`; those for which the measure does not exist are left out."""
    found, skills = [], []
    for draw in draws:
        value = measured(draw)
        if not math.isnan(value):
            found.append(value)
            if reference is None:
                skills.append(value)
            elif len(skills) < NOISE_DRAWS:
                skills.append(value - reference(draw))
    low, high = np.quantile(found, [0.025, 0.975]) if found else (math.nan, math.nan)
    return Spread(float(low), float(high), float(np.std(skills, ddof=1)) if len(skills) > 1 else math.nan)


def draw_rows(count: int, units: np.ndarray | None, seed: int) -> Iterator[Draw]:
    """Endless draws out of `count` rows, or of whole units: `units` has a label per row."""
    random = np.random.default_rng(seed)
    if units is None:
        while True:
            yield Draw(random.integers(0, count, count))
    _, unit_of, sizes = np.unique(units, return_inverse=True, return_counts=True)
    members = np.split(np.argsort(unit_of, kind="stable"), np.cumsum(sizes)[:-1])
    while True:
        drawn = random.integers(0, len(members), len(members))
        yield Draw(np.concatenate([members[one] for one in drawn]), np.repeat(np.arange(len(drawn)), sizes[drawn]))
