"""What is going on around a flight: the weather, the airport, the aircraft.

`flights` has, beside its raw columns, the UTC moments `sched`, `left`, `arrived` and `call`. Each function
returns one row per flight, in the same order.
"""

import pandas as pd

WEATHER = ["temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
STALE = pd.Timedelta("6h")


def weather(flights: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """The latest observation at the flight's airport made no later than the call."""
    observed = observations.rename(columns={"time_hour": "call"})[["origin", "call", *WEATHER]].sort_values("call")
    asked = flights[["origin", "call"]].reset_index().sort_values("call")
    joined = pd.merge_asof(asked, observed, on="call", by="origin", tolerance=STALE)
    return joined.set_index("index").sort_index()[WEATHER].add_prefix("weather_")


def airport(flights: pd.DataFrame) -> pd.DataFrame:
    """How late the airport runs: the mean delay of the hour."""
    hour = flights.groupby(["origin", "time_hour"])["dep_delay"]
    return pd.DataFrame({"airport_delay": hour.transform("mean")})


def aircraft(flights: pd.DataFrame) -> pd.DataFrame:
    """How late the aircraft runs."""
    return pd.DataFrame({"aircraft_delay": flights["dep_delay"]})
