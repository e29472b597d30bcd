"""The four days that learners have; what is spoilt on them is drawn anew for each check."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from days import KEYS, Day, Tables, day_of


def public_day(lab: Any, date: str) -> Day:
    """A day of the lab's own tables."""
    return _day(lab.data, date)


@lru_cache(maxsize=4)
def _day(folder: Path, date: str) -> Day:
    return day_of(_tables(folder), date, seed=2013)


@lru_cache(maxsize=1)
def _tables(folder: Path) -> Tables:
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in KEYS}
