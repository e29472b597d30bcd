"""Days of 2013 that no learner was given, drawn from the course's seed; what is spoilt on them follows the seed too."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).resolve().parent.parent / "gatecast-data"
PUBLIC = {"2013-02-12", "2013-03-10", "2013-07-10", "2013-10-16"}
"""What `data.py` hands out; a test holds that both lists are the same."""
CHANGES = {"2013-03-10", "2013-11-03"}
"""Clocks change: local time sent as UTC cannot be told from UTC in that hour, so nobody is asked about it."""

OBSERVATIONS = 60
"""Of three stations on one day, 72 at most."""


@lru_cache(maxsize=1)
def tables() -> dict[str, pd.DataFrame]:
    """The five tables of the year."""
    return {path.stem: pd.read_parquet(path) for path in sorted(DATA.glob("*.parquet"))}


@lru_cache(maxsize=1)
def whole_days() -> list[str]:
    """Days with nearly all of their weather; the source has none for 31 December."""
    weather = tables()["weather"]
    seen = pd.to_datetime(weather[["year", "month", "day"]]).value_counts().sort_index()
    return [str(date) for date in seen.index[seen >= OBSERVATIONS].strftime("%Y-%m-%d")]


def dates(seed: int, *, winter: int, summer: int) -> list[str]:
    """Days on standard time, then days on daylight saving time; none is public, none changes the clock."""
    free = [date for date in whole_days() if date not in PUBLIC | CHANGES]
    warm = [date for date in free if "2013-03-10" < date < "2013-11-03"]
    cold = [date for date in free if date not in set(warm)]
    random = np.random.default_rng(seed)
    drawn = [random.choice(days, size=count, replace=False) for days, count in ((cold, winter), (warm, summer))]
    return [str(date) for date in np.concatenate(drawn)]
