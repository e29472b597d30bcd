"""One row of features per flight, from what was known two hours before its scheduled departure.

`build` is called with the raw tables, in training on ten months and at the gate on the last few days.
"""

import numpy as np
import pandas as pd

from gatecast import clock

LEAD = pd.Timedelta("2h").as_unit("us")
WEATHER = ["temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
STALE = pd.Timedelta("6h")
RECENT = np.timedelta64(3, "h")


def build(raw: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Features of every flight of `raw["flights"]`, indexed by `flight_id`; reads no files."""
    flights = raw["flights"].reset_index(drop=True)
    flights = flights.assign(
        sched=clock.sched_utc(flights), left=clock.dep_utc(flights), arrived=clock.arr_utc(flights, raw["airports"])
    )
    flights["call"] = flights["sched"] - LEAD
    parts = [
        schedule(flights),
        plane(flights, raw["planes"]),
        weather(flights, raw["weather"]),
        airport_state(flights),
        aircraft_state(flights),
    ]
    return pd.concat(parts, axis=1).set_index(pd.Index(flights["flight_id"], name="flight_id"))


def schedule(flights: pd.DataFrame) -> pd.DataFrame:
    """What the timetable says; it is published months ahead."""
    local = flights["sched"].dt.tz_convert("America/New_York")
    hour = flights["sched"].dt.floor("h")
    return flights[["carrier", "origin", "dest", "distance"]].assign(
        minute_of_day=local.dt.hour * 60 + local.dt.minute,
        weekday=local.dt.day_of_week,
        departures_this_hour=flights.groupby(["origin", hour])["flight_id"].transform("size"),
    )


def plane(flights: pd.DataFrame, planes: pd.DataFrame) -> pd.DataFrame:
    """Size and year of build of the aircraft, where the register knows it."""
    known = planes.set_index("tailnum")[["year", "seats"]].reindex(flights["tailnum"])
    return pd.DataFrame({"plane_year": known["year"].to_numpy(), "seats": known["seats"].to_numpy()})


def weather(flights: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """The latest observation at the flight's airport made no later than the call."""
    observed = observations.rename(columns={"time_hour": "call"})[["origin", "call", *WEATHER]].sort_values("call")
    asked = flights[["origin", "call"]].reset_index().sort_values("call")
    joined = pd.merge_asof(asked, observed, on="call", by="origin", tolerance=STALE)
    return joined.set_index("index").sort_index()[WEATHER].add_prefix("weather_")


def airport_state(flights: pd.DataFrame) -> pd.DataFrame:
    """How late the airport ran in the three hours before the call: mean delay, late share, departures."""
    names = ["airport_delay", "airport_late", "airport_departures"]
    state = pd.DataFrame(float("nan"), index=flights.index, columns=names)
    for _, here in flights.groupby("origin"):
        state.loc[here.index] = one_airport(here)
    return state


def one_airport(here: pd.DataFrame) -> np.ndarray:
    """The three columns of `airport_state` for the flights of one airport, in their order.

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
        return np.c_[(sums[end] - sums[start]) / count[:, None], count]


def aircraft_state(flights: pd.DataFrame) -> pd.DataFrame:
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
