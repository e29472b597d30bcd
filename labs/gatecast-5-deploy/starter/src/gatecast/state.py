"""What was known when a question was asked: the weather, the airport, the aircraft.

`rows` are questions, with the UTC moment `call`; `flights` is the history, with the UTC moments `left` and `arrived`.
Something that happens exactly at the call is known. Each function returns one row per question, in the same order.
"""

import numpy as np
import pandas as pd

from . import clock

WEATHER = ["temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
STALE = pd.Timedelta("6h")
RECENT = np.timedelta64(3, "h")
DAY = pd.Timedelta("24h")


def weather(rows: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """The latest observation at the flight's airport made no later than the call, and no more than 6 hours before."""
    observed = observations.rename(columns={"time_hour": "call"})[["origin", "call", *WEATHER]].sort_values("call")
    asked = rows[["origin", "call"]].reset_index().sort_values("call")
    joined = pd.merge_asof(asked, observed, on="call", by="origin", tolerance=STALE)
    return joined.set_index("index").sort_index()[WEATHER].add_prefix("weather_")


def airport(rows: pd.DataFrame, flights: pd.DataFrame) -> pd.DataFrame:
    """Departures of the airport in the three hours before the call: mean delay, share of 15 minutes or more, count."""
    names = ["airport_delay", "airport_late", "airport_departures"]
    state = pd.DataFrame(float("nan"), index=rows.index, columns=names)
    for origin, asked in rows.groupby("origin"):
        gone = flights[(flights["origin"] == origin) & flights["left"].notna()].sort_values("left")
        left, call = clock.stamps(gone["left"]), clock.stamps(asked["call"])
        sums = np.vstack([np.zeros(2), np.cumsum(np.c_[gone["dep_delay"], gone["dep_delay"] >= 15], axis=0)])
        end = np.searchsorted(left, call, side="right")
        start = np.searchsorted(left, call - RECENT, side="right")
        count = end - start
        with np.errstate(invalid="ignore"):
            means = (sums[end] - sums[start]) / count[:, None]
        state.loc[asked.index] = np.column_stack([means, count])
    return state


def aircraft(rows: pd.DataFrame, flights: pd.DataFrame) -> pd.DataFrame:
    """The aircraft's last departure and last arrival that had happened by the call, and how long ago."""
    departed = last_known(rows, flights, "left", "dep_delay")
    landed = last_known(rows, flights, "arrived", "arr_delay")
    return pd.DataFrame(
        {
            "tail_dep_delay": departed["dep_delay"],
            "tail_dep_hours": departed["hours"],
            "tail_arr_delay": landed["arr_delay"],
            "tail_arr_hours": landed["hours"],
        }
    )


def last_known(rows: pd.DataFrame, flights: pd.DataFrame, moment: str, delay: str) -> pd.DataFrame:
    """`delay` of the aircraft's latest flight whose `moment` came by the call, at most a day before; its age in hours.

    Of two in the same minute the one with the larger `flight_id` is the later.
    """
    events = flights.loc[flights[moment].notna(), ["flight_id", "tailnum", moment, delay]]
    events = events.sort_values([moment, "flight_id"])[["tailnum", moment, delay]].assign(call=lambda all: all[moment])
    asked = rows[["tailnum", "call"]].reset_index().sort_values("call")
    found = pd.merge_asof(asked, events, on="call", by="tailnum", tolerance=DAY)
    found["hours"] = (found["call"] - found[moment]).dt.total_seconds() / 3600
    return found.set_index("index").sort_index()[[delay, "hours"]]
