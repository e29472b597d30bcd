"""Nine small feature builders that a time machine must judge rightly: seven that leak and two that do not.

Each is a pure function of the raw tables that returns one column, indexed by `flight_id`.
"""

from collections.abc import Callable

import pandas as pd
from flightworld import departed, scheduled
from pushmark_graders.checks.leakage import Tables

Builder = Callable[[Tables], pd.DataFrame]


def own_delay(raw: Tables) -> pd.DataFrame:
    return _column(raw, raw["flights"]["dep_delay"])


def same_hour_mean(raw: Tables) -> pd.DataFrame:
    flights = raw["flights"]
    return _column(raw, flights.groupby(["origin", "time_hour"])["dep_delay"].transform("mean"))


def aircraft_day_mean(raw: Tables) -> pd.DataFrame:
    flights = raw["flights"]
    return _column(raw, flights.groupby(["tailnum", "month", "day"])["arr_delay"].transform("mean"))


def destination_mean(raw: Tables) -> pd.DataFrame:
    return _column(raw, raw["flights"].groupby("dest")["arr_delay"].transform("mean"))


def airport_at(lead: pd.Timedelta) -> Builder:
    """The mean delay of the last 50 departures of the airport, `lead` before the scheduled departure."""

    def build(raw: Tables) -> pd.DataFrame:
        flights = raw["flights"].assign(at=departed(raw)).dropna(subset="at").sort_values(["at", "flight_id"])
        flights["state"] = flights.groupby("origin")["dep_delay"].transform(lambda past: past.rolling(50, 1).mean())
        asked = raw["flights"][["origin"]].assign(at=scheduled(raw) - lead).reset_index().sort_values("at")
        found = pd.merge_asof(asked, flights[["at", "origin", "state"]], on="at", by="origin")
        return _column(raw, found.set_index("index")["state"].sort_index())

    return build


def weather_at(lead: pd.Timedelta) -> Builder:
    """Temperature and wind, `lead` before the scheduled departure."""

    def build(raw: Tables) -> pd.DataFrame:
        seen = raw["weather"].rename(columns={"time_hour": "at"}).sort_values("at")
        seen["state"] = seen["temp"] + seen["wind_speed"]
        asked = raw["flights"][["origin"]].assign(at=scheduled(raw) - lead).reset_index().sort_values("at")
        found = pd.merge_asof(asked, seen[["at", "origin", "state"]], on="at", by="origin")
        return _column(raw, found.set_index("index")["state"].sort_index())

    return build


def _column(raw: Tables, values: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"feature": values.to_numpy(dtype=float)}, index=raw["flights"]["flight_id"])


LEAKING: dict[str, Builder] = {
    "own delay": own_delay,
    "same hour": same_hour_mean,
    "aircraft and day": aircraft_day_mean,
    "destination": destination_mean,
    "airport at departure": airport_at(pd.Timedelta("0h")),
    "airport an hour after": airport_at(pd.Timedelta("-1h")),
    "weather of departure": weather_at(pd.Timedelta("0h")),
}
HONEST: dict[str, Builder] = {
    "airport at the call": airport_at(pd.Timedelta("2h")),
    "weather at the call": weather_at(pd.Timedelta("2h")),
}
