"""The examples: one row per flight with lab 2's features, the day, and what became of it.

The lab wrote `data/raw/examples.parquet` with `features.build` of this package, for one flight in ten.
"""

import hashlib
from pathlib import Path

import pandas as pd

FILE = Path(__file__).resolve().parents[2] / "data" / "raw" / "examples.parquet"
LABEL = "late"
CALENDAR = ["month", "day"]
"""2013 alone: a model that has met no second November can learn nothing from its number."""
HINDSIGHT = ["storm_day"]
"""For reports. Nobody knows it two hours before departure."""
CATEGORIES = ["carrier", "origin", "dest"]
NUMBERS = [
    "distance", "minute_of_day", "weekday", "departures_this_hour", "plane_year", "seats",
    "weather_temp", "weather_dewp", "weather_humid", "weather_wind_speed", "weather_wind_gust", "weather_precip",
    "weather_pressure", "weather_visib", "airport_delay", "airport_late", "airport_departures",
    "tail_dep_delay", "tail_dep_hours", "tail_arr_delay", "tail_arr_hours",
]  # fmt: skip
FEATURES = CATEGORIES + NUMBERS
"""What is known two hours before departure, and may go into a model."""


def read() -> pd.DataFrame:
    """January to October by `flight_id`: FEATURES, CALENDAR, HINDSIGHT and LABEL."""
    return pd.read_parquet(FILE).set_index("flight_id")


def day(table: pd.DataFrame) -> pd.Series:
    """The day of each flight's scheduled departure in New York."""
    return pd.to_datetime(table[["month", "day"]].assign(year=2013))


def fingerprint() -> str:
    """SHA-256 of the examples, as hex digits: which data was this?"""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()
