"""Where the files are, the raw tables, and the label."""

from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
RAW = ROOT / "data" / "raw"
MODELS = ROOT / "models"
CHAMPION = RAW / "champion.joblib"
"""The model in service, as lab 3 released it: `{"encoder": ..., "columns": [...], "forest": ...}`."""
TABLES = ("flights", "weather", "planes", "airports")
LATE_MINUTES = 15


def read(folder: Path = RAW) -> dict[str, pd.DataFrame]:
    """The raw tables by name, as they were delivered."""
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}


def late(flights: pd.DataFrame) -> pd.Series:
    """Did the flight arrive 15 minutes late or more, or not at all (cancelled, diverted)?"""
    return ~(flights["arr_delay"] < LATE_MINUTES)


def may_teach(flights: pd.DataFrame) -> pd.Series:
    """True for the flights of January to August, which a model may learn from."""
    return flights["month"] <= 8
