"""What is going on around a flight, as far as it was known at the call: the weather, the airport, the aircraft.

`flights` has, beside its raw columns, the UTC moments `sched`, `left`, `arrived` and `call`. Each function
returns one row per flight, in the same order.
"""

import numpy as np
import pandas as pd

from checkpoint import clock

WEATHER = ["temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
STALE = pd.Timedelta("6h")
RECENT = np.timedelta64(3, "h")


def weather(flights: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """The latest observation at the flight's airport made no later than the call."""
    observed = observations.rename(columns={"time_hour": "call"})[["origin", "call", *WEATHER]].sort_values("call")
    asked = flights[["origin", "call"]].reset_index().sort_values("call")
    joined = pd.merge_asof(asked, observed, on="call", by="origin", tolerance=STALE)
    return joined.set_index("index").sort_index()[WEATHER].add_prefix("weather_")


def airport(flights: pd.DataFrame) -> pd.DataFrame:
    """How late the airport ran in the three hours before the call: mean delay, late share, departures."""
    names = ["airport_delay", "airport_late", "airport_departures"]
    state = pd.DataFrame(float("nan"), index=flights.index, columns=names)
    for _, here in flights.groupby("origin"):
        state.loc[here.index] = one_airport(here)
    return state


def one_airport(here: pd.DataFrame) -> np.ndarray:
    """The three columns of `airport` for the flights of one airport, in their order.

    With departures sorted by the moment they happened, the ones in a window are a slice, and running
    sums give the mean of any slice at once.
    """
    gone = here[here["left"].notna()].sort_values("left")
    left, call = clock.stamps(gone["left"]), clock.stamps(here["call"])
    sums = np.vstack([np.zeros(2), np.cumsum(np.c_[gone["dep_delay"], gone["dep_delay"] >= 15], axis=0)])
    end = np.searchsorted(left, call, side="right")
    start = np.searchsorted(left, call - RECENT, side="right")
    count = end - start
    with np.errstate(invalid="ignore"):
        means = (sums[end] - sums[start]) / count[:, None]
    return np.column_stack([means, count])


def aircraft(flights: pd.DataFrame) -> pd.DataFrame:
    """The aircraft's last departure and last arrival that had happened by the call, and how long ago."""
    departed = last_known(flights, "left", ["dep_delay"])
    landed = last_known(flights, "arrived", ["arr_delay"])
    return pd.DataFrame(
        {
            "tail_dep_delay": departed["dep_delay"],
            "tail_dep_hours": departed["hours"],
            "tail_arr_delay": landed["arr_delay"],
            "tail_arr_hours": landed["hours"],
        }
    )


def last_known(flights: pd.DataFrame, moment: str, columns: list[str]) -> pd.DataFrame:
    """`columns` of the same aircraft's latest flight whose `moment` came by the call, and its age in hours."""
    events = flights.loc[flights[moment].notna(), ["tailnum", moment, *columns]].sort_values(moment)
    events["call"] = events[moment]
    asked = flights[["tailnum", "call"]].reset_index().sort_values("call")
    found = pd.merge_asof(asked, events, on="call", by="tailnum", tolerance=pd.Timedelta("24h"))
    found["hours"] = (found["call"] - found[moment]).dt.total_seconds() / 3600
    return found.set_index("index").sort_index()[[*columns, "hours"]]
