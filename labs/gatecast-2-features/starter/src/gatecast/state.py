"""What is going on around a flight: the weather, the airport, the aircraft.

`flights` has, beside its raw columns, the UTC moments `sched`, `left` and `arrived`. Each function returns
one row per flight, in the same order.
"""

import pandas as pd

WEATHER = ["temp", "humid", "wind_speed", "precip", "pressure", "visib"]


def weather(flights: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """The weather at the airport in the hour of departure."""
    joined = flights[["origin", "time_hour"]].merge(observations, on=["origin", "time_hour"], how="left")
    return joined[WEATHER].add_prefix("weather_")


def airport(flights: pd.DataFrame) -> pd.DataFrame:
    """How late the airport runs: the mean delay of the hour."""
    hour = flights.groupby(["origin", "time_hour"])["dep_delay"]
    return pd.DataFrame({"airport_delay": hour.transform("mean")})


def aircraft(flights: pd.DataFrame) -> pd.DataFrame:
    """How late the aircraft runs."""
    return pd.DataFrame({"aircraft_delay": flights["dep_delay"]})
