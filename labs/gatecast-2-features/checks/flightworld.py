"""What the checks know about the tables: when each column becomes known, which rows to ask, small slices.

It is the grader's own copy, so that an edited `gatecast/clock.py` changes nothing here.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from pushmark_graders.checks.leakage import Asked, Build, Known, Tables, moments, moved_share

LEAD = pd.Timedelta("2h")
DEPARTURE = ("dep_time", "dep_delay")
ARRIVAL = ("arr_time", "arr_delay", "air_time")
OUTCOME = (*DEPARTURE, *ARRIVAL)
TABLES = ("flights", "weather", "planes", "airports", "airlines")
OBSERVED = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
HISTORY_DAYS = 2
MIDNIGHT = pd.Timedelta(0)


def _minutes(count: pd.Series) -> pd.Series:
    return pd.to_timedelta(count, unit="min").astype("timedelta64[us]")


def scheduled(tables: Tables) -> pd.Series:
    """The scheduled departure, in UTC."""
    return tables["flights"]["time_hour"] + _minutes(tables["flights"]["minute"])


def departed(tables: Tables) -> pd.Series:
    """The moment each flight left, in UTC; NaT for a flight that never did."""
    return scheduled(tables) + _minutes(tables["flights"]["dep_delay"])


def arrived(tables: Tables) -> pd.Series:
    """The moment each flight reached a gate, in UTC: the first time after its departure that the
    destination's clock shows `arr_time`. Four destinations that `airports` lacks keep Puerto Rico's time."""
    flights, left = tables["flights"], departed(tables)
    zones = flights["dest"].map(tables["airports"].set_index("faa")["tzone"]).fillna("America/Puerto_Rico")
    clock = flights["arr_time"]
    clock = _minutes((clock // 100 * 60 + clock % 100) % 1440)
    moment = pd.Series(pd.NaT, index=flights.index, dtype=left.dtype)
    for zone, rows in flights.groupby(zones).groups.items():
        local = left[rows].dt.tz_convert(str(zone)).dt.tz_localize(None)
        moment[rows] = left[rows] + (clock[rows] - (local - local.dt.normalize())) % pd.Timedelta("24h")
    return moment


KNOWN = (
    Known("flights", departed, DEPARTURE),
    Known("flights", arrived, ARRIVAL),
    Known("weather", "time_hour"),
)
ASKED = Asked(table="flights", key="flight_id", at=scheduled, lead=LEAD)


@lru_cache(maxsize=2)
def _read(folder: Path) -> tuple[pd.DataFrame, ...]:
    return tuple(pd.read_parquet(folder / f"{name}.parquet") for name in TABLES)


def public_tables(folder: Path) -> Tables:
    """The learner's raw tables, January to October."""
    return dict(zip(TABLES, _read(folder), strict=True))


def some_days(tables: Tables, count: int, seed: int) -> list[pd.Timestamp]:
    """`count` different days (New York's midnight, in UTC) that have history before them in these tables."""
    first = tables["flights"]["time_hour"].min().tz_convert("America/New_York").normalize()
    last = tables["flights"]["time_hour"].max().tz_convert("America/New_York").normalize()
    days = pd.date_range(first + pd.DateOffset(days=HISTORY_DAYS), last, freq="D")
    chosen = np.random.default_rng(seed).choice(len(days), size=count, replace=False)
    return [days[position].tz_convert("UTC") for position in sorted(chosen)]


def days_until(tables: Tables, day: pd.Timestamp) -> Tables:
    """The tables cut to the flights and the weather of `day` and the two days before it."""
    since, until = day - pd.Timedelta(days=HISTORY_DAYS), day + pd.Timedelta(days=1)
    cut = dict(tables)
    for name in ("flights", "weather"):
        hour = tables[name]["time_hour"]
        cut[name] = tables[name][(hour >= since) & (hour < until)].reset_index(drop=True)
    return cut


def slices(
    tables: Tables, *, days: int, each: int, seed: int, after: pd.Timedelta = MIDNIGHT
) -> list[tuple[Tables, list[pd.Timestamp]]]:
    """Three-day slices with `each` moments of their last day to ask about, none before `after` (since midnight)."""
    return [
        (cut, moments(cut, ASKED, count=each, seed=seed + number, since=day + after))
        for number, day in enumerate(some_days(tables, days, seed))
        for cut in [days_until(tables, day)]
    ]


def turnarounds(
    tables: Tables, moment_of: Callable[[Tables], pd.Series], within: pd.Timedelta, since: pd.Timestamp
) -> pd.Series:
    """Flights scheduled from `since` on whose aircraft has another flight that left or landed (`moment_of`)
    after the call but no later than `within` after the scheduled departure: where looking too late shows."""
    flights, when, event = tables["flights"], scheduled(tables), moment_of(tables)
    mine = pd.DataFrame({"tailnum": flights["tailnum"], "flight_id": flights["flight_id"], "when": when})
    other = pd.DataFrame({"tailnum": flights["tailnum"], "other_id": flights["flight_id"], "event": event})
    pairs = mine[when >= since].merge(other.dropna(), on="tailnum")
    soon = (pairs["event"] > pairs["when"] - LEAD) & (pairs["event"] <= pairs["when"] + within)
    return flights["flight_id"].isin(pairs.loc[soon & (pairs["flight_id"] != pairs["other_id"]), "flight_id"])


def turnaround_slices(tables: Tables, *, days: int, each: int, seed: int) -> list[tuple[Tables, list[pd.Timestamp]]]:
    """Three-day slices with moments of turnarounds: `each` with a departure and with an arrival that look-ups up to
    an hour too late would see, and `each` with a later flight of the same aircraft on that day."""
    found = []
    for number, day in enumerate(some_days(tables, days, seed)):
        cut = days_until(tables, day)
        at: set[pd.Timestamp] = set()
        for moment_of, hours in ((departed, 1), (arrived, 1), (departed, 12)):
            rows = turnarounds(cut, moment_of, pd.Timedelta(hours=hours), day)
            only = {**cut, "flights": cut["flights"][rows]}
            at |= set(moments(only, ASKED, count=each, seed=seed + number))
        found.append((cut, sorted(at)))
    return found


def other_aircraft(table: pd.DataFrame, asked: pd.DataFrame) -> pd.Series:
    """Flights of aircraft other than those of the asked rows."""
    return ~table["tailnum"].isin(asked["tailnum"])


def same_aircraft(table: pd.DataFrame, asked: pd.DataFrame) -> pd.Series:
    """Flights of the aircraft of the asked rows in other hours. (Swaps give an aircraft two flights in one hour; a
    mean over that hour belongs to the airport's check.)"""
    return table["tailnum"].isin(asked["tailnum"]) & ~table["time_hour"].isin(asked["time_hour"])


def in_a_hurry(tables: Tables, rows: pd.Series, minutes: int = 25) -> Tables:
    """The same tables, where these flights left and arrived `minutes` earlier than they did, so that whatever was
    known by some moment still is."""
    flights = tables["flights"]
    changed: dict[str, pd.Series] = {}
    for clock, delay in (("dep_time", "dep_delay"), ("arr_time", "arr_delay")):
        total = (flights[clock] // 100 * 60 + flights[clock] % 100 - minutes) % 1440
        changed[clock] = flights[clock].where(~rows, total // 60 * 100 + total % 60)
        changed[delay] = flights[delay].where(~rows, flights[delay] - minutes)
    return {**tables, "flights": flights.assign(**changed)}


def in_a_storm_before(tables: Tables, moment: pd.Timestamp) -> tuple[list[int], Tables]:
    """Flights called two hours before `moment` at airports with at least five departures from four hours to one hour
    before that call, and the tables where these departures were an hour later: by the call they still were."""
    flights, when, left = tables["flights"], scheduled(tables), departed(tables)
    call = moment - LEAD
    before = (left > call - pd.Timedelta("4h")) & (left <= call - pd.Timedelta("1h"))
    busy = flights.loc[before, "origin"].value_counts()
    asked = (when == moment) & flights["origin"].isin(busy[busy >= 5].index)
    return flights.loc[asked, "flight_id"].tolist(), in_a_hurry(tables, before, minutes=-60)


def other_weather(tables: Tables, rows: pd.Series) -> Tables:
    """The same tables, with other readings in these observations (every instrument shows half, plus ten)."""
    weather = tables["weather"]
    readings = {name: weather[name].where(~rows, weather[name] / 2 + 10) for name in OBSERVED}
    return {**tables, "weather": weather.assign(**readings)}


def reaction(build: Build, whole: Tables, changed: Tables, keys: pd.Series) -> float:
    """The share of these flights with a feature that moves when the tables are changed."""
    return moved_share(build(whole), build(changed), ASKED.key, keys)


def blank_times(tables: Mapping[str, pd.DataFrame], day: pd.Timestamp, count: int, seed: int) -> list[pd.Timestamp]:
    """Full hours of a day on which flights are scheduled."""
    hour = tables["flights"]["time_hour"]
    hours = sorted(hour[hour >= day].unique())
    return sorted(np.random.default_rng(seed).choice(np.array(hours, dtype=object), size=count, replace=False))


def same_cells(got: pd.Series, expected: pd.Series) -> np.ndarray:
    """Cell by cell, where a missing value equals a missing value; the index does not matter."""
    left, right = got.to_numpy(dtype=object), expected.to_numpy(dtype=object)
    same: np.ndarray = (left == right) | (got.isna().to_numpy(dtype=bool) & expected.isna().to_numpy(dtype=bool))
    return same
