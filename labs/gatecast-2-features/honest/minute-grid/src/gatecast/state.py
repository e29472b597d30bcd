"""The same state on a grid: one cell per minute, running sums along it, two look-ups per flight."""

import numpy as np
import pandas as pd
from gatecast import clock

WEATHER = ["temp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib"]
AIRPORTS = ["EWR", "JFK", "LGA"]
DAY = 24 * 60


def weather(flights: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """Hourly observations, carried forward for up to six hours, read at the hour of the call."""
    hours = observations["time_hour"]
    grid = pd.date_range(hours.min(), hours.max() + pd.Timedelta("6h"), freq="h", unit="us")
    wide = observations.set_index(["origin", "time_hour"])[WEATHER]
    full = pd.MultiIndex.from_product([AIRPORTS, grid], names=["origin", "time_hour"])
    filled = wide.reindex(full).groupby(level=0).ffill(limit=6)
    asked = pd.MultiIndex.from_arrays([flights["origin"], flights["call"].dt.floor("h")])
    return filled.reindex(asked).reset_index(drop=True).add_prefix("weather_")


def airport(flights: pd.DataFrame) -> pd.DataFrame:
    """Sums of delays per minute; a window is the difference of two running sums."""
    origin = pd.Categorical(flights["origin"], categories=AIRPORTS).codes
    left, call = _minutes(flights["left"]), _minutes(flights["call"])
    start = np.nanmin(np.r_[left, call]) - 2 * DAY
    size = int(np.nanmax(np.r_[left, call]) - start) + 2
    counts, delays, late = np.zeros((3, len(AIRPORTS), size))
    gone = ~np.isnan(left)
    cells = (origin[gone], (left[gone] - start).astype(int))
    minutes = flights["dep_delay"].to_numpy()[gone]
    np.add.at(counts, cells, 1)
    np.add.at(delays, cells, np.clip(minutes, -15, 180))
    np.add.at(late, cells, minutes >= 15)
    sums = np.cumsum([counts, delays, late], axis=2)
    now = (call - start).astype(int)
    columns = {}
    for window in (90, 240):
        count, delay, share = sums[:, origin, now] - sums[:, origin, now - window]
        with np.errstate(invalid="ignore"):
            columns[f"airport_delay_{window}"] = delay / count
            columns[f"airport_late_{window}"] = share / count
    return pd.DataFrame(columns)


def aircraft(flights: pd.DataFrame) -> pd.DataFrame:
    """Flights of each aircraft side by side: the latest earlier one that had left, or landed, by the call."""
    tail = flights["tailnum"].astype("category").cat.codes.to_numpy()
    call = _minutes(flights["call"])
    columns = {}
    for moment, delay in (("left", "dep_delay"), ("arrived", "arr_delay")):
        at = _minutes(flights[moment])
        known = np.flatnonzero(~np.isnan(at))
        # One number orders (aircraft, moment): aircraft are further apart than the whole year is long.
        keys = tail[known] * 1e8 + at[known]
        order = known[np.argsort(keys, kind="stable")]
        sorted_keys = np.sort(keys)
        last = np.searchsorted(sorted_keys, tail * 1e8 + call, side="right") - 1
        candidate = order[np.maximum(last, 0)]
        age = call - at[candidate]
        fresh = (last >= 0) & (tail[candidate] == tail) & (age <= DAY)
        columns[f"aircraft_{delay}"] = np.where(fresh, flights[delay].to_numpy()[candidate], np.nan)
        columns[f"aircraft_{moment}_age"] = np.where(fresh, age, np.nan)
    return pd.DataFrame(columns)


def _minutes(moments: pd.Series) -> np.ndarray:
    """Minutes since 1970; NaN for NaT."""
    stamps = clock.stamps(moments)
    return np.where(np.isnat(stamps), np.nan, stamps.astype("datetime64[m]").astype(float))
