"""Rows that cannot be told apart, and rows that belong to nobody."""

import pandas as pd
from gatecast_ingest.clock import is_clock
from gatecast_ingest.contract import KEYS
from gatecast_ingest.ledger import Ledger


def usable(flights: pd.DataFrame, airlines: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The flights that have a scheduled time and a carrier that exists. (Aircraft and airports may be unknown.)"""
    timed = is_clock(flights["sched_dep_time"]) & flights["dep_time"].notna()
    ledger.reject("flights", "impossible-value", flights.index[~timed])
    known = flights["carrier"].isin(airlines["carrier"])
    ledger.reject("flights", "orphan-key", flights.index[timed & ~known])
    return flights[timed & known]


def unique(table: str, rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """One row per key: a row that came twice is kept once, rows that contradict each other are all rejected."""
    again = rows.duplicated()
    ledger.reject(table, "duplicate-row", rows.index[again])
    rows = rows[~again]
    disputed = rows.duplicated(KEYS[table], keep=False)
    ledger.reject(table, "conflicting-rows", rows.index[disputed])
    return rows[~disputed]
