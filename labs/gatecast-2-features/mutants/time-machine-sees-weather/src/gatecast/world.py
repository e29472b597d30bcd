"""The world as it was known at a moment: the tool that proves a feature honest.

`OUTCOME` names the columns of a flight that nobody knows before it has left or landed.
"""

from collections.abc import Collection

import pandas as pd
from gatecast import clock

DEPARTURE = ["dep_time", "dep_delay"]
ARRIVAL = ["arr_time", "arr_delay", "air_time"]
OUTCOME = [*DEPARTURE, *ARRIVAL]


def blank(raw: dict[str, pd.DataFrame], flight_ids: Collection[int]) -> dict[str, pd.DataFrame]:
    """The same tables, but the OUTCOME of these flights is missing, as it is in production.

    The tables that were passed in stay as they are.
    """
    flights = raw["flights"].copy()
    flights.loc[flights["flight_id"].isin(list(flight_ids)), OUTCOME] = float("nan")
    return {**raw, "flights": flights}


def known_at(raw: dict[str, pd.DataFrame], moment: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """The tables as they stood at `moment` (UTC); something that happens exactly then is known.

    - every flight keeps its row: the schedule is known;
    - DEPARTURE is missing unless the flight had left, ARRIVAL unless it had reached a gate;
    - weather observations made later are not there.

    The tables that were passed in stay as they are.
    """
    flights, observations = raw["flights"].copy(), raw["weather"]
    left = clock.dep_utc(flights) <= moment
    arrived = clock.arr_utc(flights, raw["airports"]) <= moment
    flights.loc[~left, DEPARTURE] = float("nan")
    flights.loc[~arrived, ARRIVAL] = float("nan")
    return {**raw, "flights": flights, "weather": observations}
