"""November and December, which no learner was given: slices for hidden checks, and the hidden set.

Labels are the real ones for now: somebody who ships the public 2013 data could look them up. The leak probes
gate the metric, but simulated labels (see design.md, "What is not protected yet") come later.
"""

import runpy
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from pushmark_graders.checks import HiddenSet
from sklearn.ensemble import HistGradientBoostingClassifier

ROWS = 16_000
"""Half of them are the feedback half, half the final one: 8,000 each keep the luck in a score small."""
HISTORY = pd.Timestamp("2013-10-25", tz="America/New_York")
"""Inputs begin a week before the first scored day: enough for every window a feature may look back over."""
OUTCOME = ["dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"]
LATE_MINUTES = 15


@lru_cache(maxsize=1)
def _year() -> dict[str, pd.DataFrame]:
    tables: dict[str, pd.DataFrame] = runpy.run_path(
        str(Path(__file__).resolve().parent.parent / "gatecast-data" / "tables.py")
    )["tables"](range(1, 13))
    return tables


def tables() -> dict[str, pd.DataFrame]:
    """The raw tables from a week before November to the end of December, with every outcome."""
    raw = dict(_year())
    for name in ("flights", "weather"):
        raw[name] = raw[name][raw[name]["time_hour"] >= HISTORY].reset_index(drop=True)
    return raw


def late(flights: pd.DataFrame) -> pd.Series:
    """The label: 15 minutes late or more, or never arrived."""
    return ~(flights["arr_delay"] < LATE_MINUTES)


def hidden_set(seed: int, lab: Path) -> HiddenSet:
    """About 16,000 flights of November and December, drawn within each day; their outcome is blank in the inputs.

    Drawing within days, not whole days, keeps the spread of a half's skill over seeds at 0.006 instead of 0.04.
    """
    raw = tables()
    flights = raw["flights"]
    season = flights[flights["month"] >= 11]
    asked = season.groupby(["month", "day"]).sample(frac=ROWS / len(season), random_state=np.random.default_rng(seed))
    asked = asked.sample(frac=1.0, random_state=np.random.default_rng(seed))
    blanked = flights["flight_id"].isin(asked["flight_id"])
    hidden = {column: flights[column].mask(blanked) for column in OUTCOME}
    return HiddenSet(
        inputs={"raw": {**raw, "flights": flights.assign(**hidden)}, "flight_ids": asked["flight_id"].tolist()},
        labels=late(asked).to_numpy(dtype=np.int8),
        references={"static": static(asked)},
    )


def static(flights: pd.DataFrame) -> np.ndarray:
    """The reference: chances from a small model of the timetable alone, fitted on January to August."""
    year = _year()["flights"]
    past = year[year["month"] <= 8]
    trees = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=15, early_stopping=False, random_state=0)
    trees.fit(timetable(past, past), late(past))
    chances: np.ndarray = trees.predict_proba(timetable(flights, past))[:, 1]
    return chances


def timetable(flights: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Seven numbers that are known months ahead; categories become their late rate in `past`."""
    day = pd.to_datetime(flights[["year", "month", "day"]])
    rates = {
        name: flights[name].map(late(past).groupby(past[name]).mean()).astype(float)
        for name in ("carrier", "origin", "dest")
    }
    return pd.DataFrame(rates).assign(
        distance=flights["distance"].astype(float),
        minute_of_day=(flights["hour"] * 60 + flights["minute"]).astype(float),
        weekday=day.dt.day_of_week.astype(float),
        minute=flights["minute"].astype(float),
    )
