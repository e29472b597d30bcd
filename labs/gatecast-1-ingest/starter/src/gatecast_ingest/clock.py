"""When things happened, in UTC, from clock times as HHMM integers."""

import pandas as pd


def with_moments(flights: pd.DataFrame, airports: pd.DataFrame) -> pd.DataFrame:
    """The flights with three moments in UTC and a status; of the clock times only the key's stays."""
    flights = flights.dropna(subset=["dep_time", "arr_time"])
    day = pd.to_datetime(flights["date"], errors="coerce", utc=True)
    moments = {
        "sched_dep_utc": day + clock(flights["sched_dep_time"]) + pd.Timedelta("5h"),
        "dep_utc": day + clock(flights["dep_time"]) + pd.Timedelta("5h"),
        "arr_utc": day + clock(flights["arr_time"]) + pd.Timedelta("5h"),
        "status": "landed",
    }
    return flights.drop(columns=["dep_time", "sched_arr_time", "arr_time"]).assign(**moments)


def clock(hhmm: pd.Series) -> pd.Series:
    """The time since midnight."""
    return pd.to_timedelta(hhmm // 100 * 60 + hhmm % 100, unit="min")
