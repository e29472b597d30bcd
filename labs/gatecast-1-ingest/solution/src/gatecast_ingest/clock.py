"""When things happened, in UTC, from clock times as HHMM integers."""

import pandas as pd
from gatecast_ingest.contract import ATLANTIC, NEW_YORK


def is_clock(hhmm: pd.Series) -> pd.Series:
    """Whether these are times that a clock can show; 2400 is midnight."""
    return hhmm.between(0, 2400) & (hhmm % 100 < 60)


def with_moments(flights: pd.DataFrame, airports: pd.DataFrame) -> pd.DataFrame:
    """The flights with three moments in UTC and a status; of the clock times only the key's stays."""
    scheduled = in_utc(pd.to_datetime(flights["date"]) + clock(flights["sched_dep_time"]), NEW_YORK)
    left = scheduled + minutes(flights["dep_delay"])
    landed = flights["arr_delay"].notna()
    status = pd.Series("landed", index=flights.index).mask(~landed, "diverted").mask(left.isna(), "cancelled")
    moments = {
        "sched_dep_utc": scheduled,
        "dep_utc": left,
        "arr_utc": arrivals(flights, left, airports).where(landed),
        "status": status,
    }
    return flights.drop(columns=["dep_time", "sched_arr_time", "arr_time"]).assign(**moments)


def arrivals(flights: pd.DataFrame, left: pd.Series, airports: pd.DataFrame) -> pd.Series:
    """The first time after the departure at which the clock at the destination shows `arr_time`."""
    zones = flights["dest"].map(airports.set_index("faa")["tzone"]).fillna(ATLANTIC)
    arrived = pd.Series(pd.NaT, index=flights.index, dtype=left.dtype)
    for zone in zones.unique():
        rows = zones == zone
        midnight = left[rows].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
        shown = midnight + clock(flights.loc[rows, "arr_time"])
        same_day = in_utc(shown, zone)
        arrived[rows] = same_day.where(same_day >= left[rows], in_utc(shown + pd.Timedelta(days=1), zone))
    return arrived


def clock(hhmm: pd.Series) -> pd.Series:
    """The time since midnight: 5 is 0:05, 517 is 5:17, 2400 is 0:00."""
    return minutes((hhmm // 100 * 60 + hhmm % 100) % 1440)


def minutes(count: pd.Series) -> pd.Series:
    return pd.to_timedelta(count, unit="min").astype("timedelta64[us]")


def in_utc(local: pd.Series, zone: str) -> pd.Series:
    """What a clock on the wall shows, in UTC; an hour that a clock shows twice or never is no moment."""
    placed = local.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    return placed.dt.tz_convert("UTC").dt.as_unit("us")
