"""A day of the five tables as it really was: what a right ingest ends with, made from the source's own UTC column.

The grader's truth is not the output of a cleaner. It comes from `time_hour`, which no drop contains, and from the
delays in minutes; a learner has clock times only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

NEW_YORK = "America/New_York"
ATLANTIC = "America/Puerto_Rico"
"""Four destinations (SJU, BQN, STT, PSE) are missing in `airports`; all four keep this time."""
KEYS = {
    "flights": ["date", "sched_dep_time", "carrier", "flight"],
    "weather": ["origin", "observed_at"],
    "planes": ["tailnum"],
    "airports": ["faa"],
    "airlines": ["carrier"],
}
READINGS = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
CLOCKS = ["sched_dep_time", "dep_time", "sched_arr_time", "arr_time"]
SENT = {
    "flights": [
        *("date", "carrier", "flight", "tailnum", "origin", "dest", "sched_dep_time", "dep_time", "dep_delay"),
        *("sched_arr_time", "arr_time", "arr_delay", "air_time", "distance"),
    ],
    "weather": ["origin", "observed_at", *READINGS],
    "planes": ["tailnum", "year", "type", "manufacturer", "model", "engines", "seats", "speed", "engine"],
    "airports": ["faa", "name", "lat", "lon", "alt", "tzone"],
    "airlines": ["carrier", "name"],
}
"""The columns of each file of a drop, in the agreed order."""
FLIGHTS = 220
"""Flights of a drop. All that were cancelled or diverted, or crossed a midnight, are among them, up to this number."""

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Day:
    """`sent` holds the cells of each file before they become text, `tidy` what they mean; row by row the same."""

    date: str
    sent: Tables
    tidy: Tables


def day_of(tables: Mapping[str, pd.DataFrame], date: str, seed: int) -> Day:
    """The drop of one day in New York: some of its flights, its weather, and the aircraft and places they need."""
    random = np.random.default_rng(seed)
    flights = _flights(tables, date, random)
    weather = _of(tables["weather"], date).reset_index(drop=True)
    planes = tables["planes"][tables["planes"]["tailnum"].isin(flights["tailnum"])].head(120).reset_index(drop=True)
    used = {*flights["dest"], *flights["origin"], "SJC"}
    airports = tables["airports"][tables["airports"]["faa"].isin(used)].reset_index(drop=True)
    airports["name"] = airports["name"].str.replace("San Jose", "San José")
    sent = {
        "flights": flights.assign(date=date),
        "weather": weather.assign(observed_at=weather["time_hour"].dt.strftime("%Y-%m-%dT%H:%MZ")),
        "planes": planes,
        "airports": airports,
        "airlines": tables["airlines"].reset_index(drop=True),
    }
    sent = {name: sent[name][columns].copy() for name, columns in SENT.items()}
    tidy = {name: table.copy() for name, table in sent.items()}
    tidy["flights"] = tidy["flights"].drop(columns=CLOCKS[1:]).assign(**_moments(flights, tables["airports"]))
    tidy["weather"]["observed_at"] = weather["time_hour"]
    tidy["weather"]["wind_speed"] = weather["wind_speed"].where(weather["wind_speed"] < 150)  # 1048 mph on 12 February
    return Day(date, sent, tidy)


def _of(table: pd.DataFrame, date: str) -> pd.DataFrame:
    year, month, day = map(int, date.split("-"))
    return table[(table["year"] == year) & (table["month"] == month) & (table["day"] == day)]


def _flights(tables: Mapping[str, pd.DataFrame], date: str, random: np.random.Generator) -> pd.DataFrame:
    flights = _of(tables["flights"], date)
    flights = flights[~_crosses_a_clock_change(flights, tables["airports"])]
    odd = flights["arr_delay"].isna() | (flights["arr_time"] < flights["dep_time"]) | (flights["dep_time"] == 2400)
    first = flights[odd].sample(frac=1.0, random_state=random).head(FLIGHTS // 2)
    rest = flights.drop(first.index)
    chosen = pd.concat([first, rest.sample(min(len(rest), FLIGHTS - len(first)), random_state=random)])
    return chosen.sort_values(["time_hour", "minute", "carrier", "flight"]).reset_index(drop=True)


def _moments(flights: pd.DataFrame, airports: pd.DataFrame) -> dict[str, pd.Series]:
    scheduled = flights["time_hour"] + _minutes(flights["minute"])
    left = scheduled + _minutes(flights["dep_delay"])
    landed = flights["arr_delay"].notna()
    status = pd.Series("landed", index=flights.index).mask(~landed, "diverted").mask(left.isna(), "cancelled")
    arrived = _arrivals(flights, left, airports).where(landed)
    return {"sched_dep_utc": scheduled, "dep_utc": left, "arr_utc": arrived, "status": status}


def _arrivals(flights: pd.DataFrame, left: pd.Series, airports: pd.DataFrame) -> pd.Series:
    """The first moment after departure at which the clock at the destination shows `arr_time`."""
    zones = flights["dest"].map(airports.set_index("faa")["tzone"]).fillna(ATLANTIC)
    clock = _minutes((flights["arr_time"] // 100 * 60 + flights["arr_time"] % 100) % 1440)
    arrived = pd.Series(pd.NaT, index=flights.index, dtype=left.dtype)
    for zone, rows in flights.groupby(zones).groups.items():
        local = left[rows].dt.tz_convert(str(zone)).dt.tz_localize(None)
        arrived[rows] = left[rows] + (clock[rows] - (local - local.dt.normalize())) % pd.Timedelta("24h")
    return arrived


def _crosses_a_clock_change(flights: pd.DataFrame, airports: pd.DataFrame) -> pd.Series:
    """Flights in the air while the clock of their destination changes: their `arr_time` cannot tell the hour."""
    left = flights["time_hour"] + _minutes(flights["minute"]) + _minutes(flights["dep_delay"])
    zones = flights["dest"].map(airports.set_index("faa")["tzone"]).fillna(ATLANTIC)
    changes = pd.Series(False, index=flights.index)
    for zone, rows in flights.groupby(zones).groups.items():
        before = left[rows].dt.tz_convert(str(zone)).dt.tz_localize(None) - left[rows].dt.tz_localize(None)
        later = left[rows] + pd.Timedelta("12h")
        after = later.dt.tz_convert(str(zone)).dt.tz_localize(None) - later.dt.tz_localize(None)
        changes[rows] = (before != after) & before.notna()
    return changes


def _minutes(count: pd.Series) -> pd.Series:
    return pd.to_timedelta(count, unit="min").astype("timedelta64[us]")
