"""One row of features per question, from what was known when it is asked. This is the batch code: it is the truth.

A question is a flight, how many minutes before its scheduled departure it is asked (`lead_minutes`), and the aircraft
that is assigned to it then (`tailnum`; the timetable's own where none is named).
"""

import pandas as pd

from . import clock, state

LEAD_MINUTES = 120


def build(raw: dict[str, pd.DataFrame], asked: pd.DataFrame | None = None) -> pd.DataFrame:
    """Features indexed by `flight_id`, one row for each row of `asked` (columns flight_id, lead_minutes, tailnum).

    Without `asked`: of every flight, asked two hours before.
    """
    flights = raw["flights"].reset_index(drop=True)
    flights = flights.assign(
        sched=clock.sched_utc(flights), left=clock.dep_utc(flights), arrived=clock.arr_utc(flights, raw["airports"])
    )
    rows = flights.assign(lead_minutes=LEAD_MINUTES) if asked is None else questions(flights, asked)
    rows["call"] = rows["sched"] - clock.minutes(rows["lead_minutes"])
    parts = [
        schedule(rows, flights),
        plane(rows, raw["planes"]),
        state.weather(rows, raw["weather"]),
        state.airport(rows, flights),
        state.aircraft(rows, flights),
    ]
    return pd.concat(parts, axis=1).set_index(pd.Index(rows["flight_id"], name="flight_id"))


def questions(flights: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """The timetable's row of each question, with the aircraft and the lead that the question names."""
    rows = asked[["flight_id"]].merge(flights, on="flight_id", how="left")
    named = asked["tailnum"].reset_index(drop=True).astype(flights["tailnum"].dtype)
    rows["tailnum"] = named.where(named.notna(), rows["tailnum"])
    rows["lead_minutes"] = asked["lead_minutes"].to_numpy()
    return rows


def schedule(rows: pd.DataFrame, flights: pd.DataFrame) -> pd.DataFrame:
    """What the timetable says; it is published months ahead."""
    local = rows["sched"].dt.tz_convert("America/New_York")
    together = flights.groupby(["origin", flights["sched"].dt.floor("h").rename("hour_utc")]).size()
    keys = pd.MultiIndex.from_arrays([rows["origin"], rows["sched"].dt.floor("h")])
    return rows[["carrier", "origin", "dest", "distance"]].assign(
        minute_of_day=local.dt.hour * 60 + local.dt.minute,
        weekday=local.dt.day_of_week,
        departures_this_hour=together.reindex(keys).to_numpy(),
    )


def plane(rows: pd.DataFrame, planes: pd.DataFrame) -> pd.DataFrame:
    """Size and year of build of the aircraft, where the register knows it."""
    known = planes.set_index("tailnum")[["year", "seats"]].reindex(rows["tailnum"])
    return pd.DataFrame({"plane_year": known["year"].to_numpy(), "seats": known["seats"].to_numpy()})
