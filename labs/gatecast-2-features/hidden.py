"""November and December, which no learner was given: slices for hidden checks, and the hidden set.

The flights of the hidden set are real, their labels are drawn anew for each seed: the real ones are public with the
data set, and somebody who ships them would be right about every flight. design.md has what a look-up earns now.
"""

import runpy
import types
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from pushmark_graders.checks import HiddenSet
from pushmark_graders.checks.simulation import Simulated, simulate_labels
from sklearn.ensemble import HistGradientBoostingClassifier

LAB = Path(__file__).resolve().parent
WORLD = types.SimpleNamespace(**runpy.run_path(str(LAB / "checks" / "flightworld.py")))
ROWS = 16_000
"""Half of them are the feedback half, half the final one: 8,000 each keep the luck in a score small."""
HISTORY = pd.Timestamp("2013-10-25", tz="America/New_York")
"""Inputs begin a week before the first scored day: enough for every window a feature may look back over."""
OUTCOME = list(WORLD.OUTCOME)
LATE_MINUTES = 15
STRENGTH = 1.1
"""Of the reference's logits. At 1.1 the steps from timetable to weather, airport and aircraft are as far apart as they
are on real labels."""
WEATHER = ["humid", "wind_speed", "precip", "pressure", "visib"]
"""What the reference sees of the weather. Temperature would tell it the season, which is another one in November."""


@lru_cache(maxsize=1)
def _year() -> dict[str, pd.DataFrame]:
    tables: dict[str, pd.DataFrame] = runpy.run_path(str(LAB.parent / "gatecast-data" / "tables.py"))["tables"](
        range(1, 13)
    )
    return tables


def _past() -> pd.DataFrame:
    """The flights of January to August, from which both models have learned."""
    year = _year()["flights"]
    return year[year["month"] <= 8]


def tables() -> dict[str, pd.DataFrame]:
    """The raw tables from a week before November to the end of December, with every outcome."""
    raw = dict(_year())
    for name in ("flights", "weather"):
        raw[name] = raw[name][raw[name]["time_hour"] >= HISTORY].reset_index(drop=True)
    return raw


def late(flights: pd.DataFrame) -> pd.Series:
    """What really happened: 15 minutes late or more, or never arrived."""
    return ~(flights["arr_delay"] < LATE_MINUTES)


def hidden_set(seed: int, lab: Path) -> HiddenSet:
    """About 16,000 flights of November and December, drawn within each day; their outcome is blank in the inputs.

    Drawing within days, not whole days, keeps the spread of a half's skill over seeds at 0.006 instead of 0.04.
    """
    asked = asked_flights(seed)
    raw = blanked(asked)
    return HiddenSet(
        inputs={"raw": raw, "flight_ids": asked["flight_id"].tolist()},
        labels=simulated(raw, asked, seed).labels,
        references={"static": static(asked)},
    )


def asked_flights(seed: int) -> pd.DataFrame:
    """The flights of the hidden set, in its order, with their outcomes."""
    flights = tables()["flights"]
    season = flights[flights["month"] >= 11]
    asked = season.groupby(["month", "day"]).sample(frac=ROWS / len(season), random_state=np.random.default_rng(seed))
    return asked.sample(frac=1.0, random_state=np.random.default_rng(seed))


def blanked(asked: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables, where these flights have no outcome."""
    raw = tables()
    rows = raw["flights"]["flight_id"].isin(asked["flight_id"])
    hidden = {column: raw["flights"][column].mask(rows) for column in OUTCOME}
    return {**raw, "flights": raw["flights"].assign(**hidden)}


def simulated(raw: dict[str, pd.DataFrame], asked: pd.DataFrame, seed: int) -> Simulated:
    """Labels of these flights, from the chances that a model of what these tables tell two hours before gives them.

    It has learned from the real labels of January to August and has never seen a later one.
    """
    chances = _trees().predict_proba(known(raw).loc[asked["flight_id"]])[:, 1]
    return simulate_labels(chances, seed=seed, strength=STRENGTH)


@lru_cache(maxsize=1)
def _trees() -> HistGradientBoostingClassifier:
    """The model behind the labels: 3 s."""
    raw = dict(_year())
    for name in ("flights", "weather"):
        raw[name] = raw[name][raw[name]["month"] <= 8].reset_index(drop=True)
    trees = HistGradientBoostingClassifier(max_iter=60, learning_rate=0.2, early_stopping=False, random_state=0)
    return trees.fit(known(raw), late(raw["flights"]))


def known(raw: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """What these tables tell of every flight two hours before it, indexed by `flight_id`: the timetable, the weather,
    how late the airport runs, and what the aircraft did last."""
    flights, past = raw["flights"], _past()
    asked = flights[["flight_id", "origin", "tailnum"]].assign(at=WORLD.scheduled(raw) - WORLD.LEAD)
    weather = raw["weather"].rename(columns={"time_hour": "at"})
    gone = flights.assign(at=WORLD.departed(raw)).dropna(subset="at").sort_values(["at", "flight_id"])
    recent = gone.groupby("origin")["dep_delay"]
    gone["airport"] = recent.transform(lambda delay: delay.rolling(40, 1).mean())
    gone["late"] = recent.transform(lambda delay: (delay >= LATE_MINUTES).astype(float).rolling(40, 1).mean())
    landed = flights.assign(at=WORLD.arrived(raw)).dropna(subset="at").sort_values(["at", "flight_id"])
    parts = [
        timetable(flights, past),
        _last_before(asked, weather, "origin", WEATHER),
        _last_before(asked, gone, "origin", ["airport", "late"]),
        _last_before(asked, gone, "tailnum", ["dep_delay"]).set_axis(["left", "left_hours"], axis=1),
        _last_before(asked, landed, "tailnum", ["arr_delay"]).set_axis(["arrived", "arrived_hours"], axis=1),
    ]
    parts[1:3] = [part.drop(columns="hours") for part in parts[1:3]]
    return pd.concat(parts, axis=1).set_axis(flights["flight_id"], axis=0)


def _last_before(asked: pd.DataFrame, events: pd.DataFrame, key: str, columns: list[str]) -> pd.DataFrame:
    """For each asked row the last event with the same key at or before its call, up to a day ago, and its age."""
    known = events[[key, "at", *columns]].assign(since=events["at"]).sort_values("at", kind="stable")
    order = asked.reset_index().sort_values("at", kind="stable")
    found = pd.merge_asof(order, known, on="at", by=key, tolerance=pd.Timedelta("24h"))
    found["hours"] = (found["at"] - found["since"]).dt.total_seconds() / 3600
    return found.set_index("index").sort_index()[[*columns, "hours"]]


def static(flights: pd.DataFrame) -> np.ndarray:
    """The reference of the metric: chances from a small model of the timetable alone, fitted on January to August."""
    past = _past()
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
