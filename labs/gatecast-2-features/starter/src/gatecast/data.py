"""Where the files are, the raw tables, the label, and a name for the data that a model was trained on."""

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

RAW = Path("data/raw")
WORK = Path("work")
LABELS = WORK / "labels.parquet"
FEATURES = WORK / "features.parquet"
METRICS = Path("metrics.json")
TABLES = ("flights", "weather", "planes", "airports", "airlines")
LATE_MINUTES = 15


def read(folder: Path) -> dict[str, pd.DataFrame]:
    """The five raw tables by name, as they were delivered."""
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}


def late(flights: pd.DataFrame) -> pd.Series:
    """Did the flight arrive 15 minutes late or more, or not at all (cancelled, diverted)?"""
    return ~(flights["arr_delay"] < LATE_MINUTES)


def examples() -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Features, labels and the training mask of all flights, in the same order."""
    labels = pd.read_parquet(LABELS).set_index("flight_id")
    return pd.read_parquet(FEATURES).loc[labels.index], labels["late"], labels["train"]


def params() -> dict[str, Any]:
    """params.yaml."""
    content: dict[str, Any] = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    return content


def fingerprint(folder: Path) -> str:
    """SHA-256 of flights.parquet, as hex digits: which data was this?"""
    return hashlib.sha256((folder / "flights.parquet").read_bytes()).hexdigest()
