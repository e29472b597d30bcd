"""One row of features per flight, from what was known two hours before its scheduled departure.

`build` is called with the raw tables, in training on ten months and at the gate on the last few days.
"""

import pandas as pd

from checkpoint import clock, state

LEAD = pd.Timedelta("2h").as_unit("us")


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
        state.weather(flights, raw["weather"]),
        state.airport(flights),
        state.aircraft(flights),
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
