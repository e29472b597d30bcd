"""Rows that cannot be told apart, and rows that belong to nobody."""

import pandas as pd

from gatecast_ingest.contract import KEYS
from gatecast_ingest.ledger import Ledger


def usable(flights: pd.DataFrame, airlines: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The flights that have a carrier."""
    return flights.merge(airlines[["carrier"]], on="carrier")


def unique(table: str, rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """One row per key."""
    return rows.drop_duplicates(KEYS[table], keep="last")
