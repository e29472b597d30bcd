"""Keys as a database sees them: groups, their sizes, and how many different rows are in each."""

import sqlite3
from contextlib import closing

import pandas as pd
from gatecast_ingest.clock import is_clock
from gatecast_ingest.contract import KEYS
from gatecast_ingest.ledger import Ledger


def usable(flights: pd.DataFrame, airlines: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Without flights that have no time, and those of carriers that nobody knows."""
    unknown = ~flights["carrier"].isin(set(airlines["carrier"]))
    timeless = ~is_clock(flights["sched_dep_time"])
    ledger.reject("flights", "impossible-value", timeless[timeless].index)
    ledger.reject("flights", "orphan-key", flights.index[unknown & ~timeless])
    return flights.loc[~(unknown | timeless)]


def unique(table: str, rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The lines that a query over keys and whole rows leaves."""
    separator = "\x1f"
    parts = (rows[KEYS[table]], rows)
    key, whole = ([separator.join(map(str, cells)) for cells in part.itertuples(index=False)] for part in parts)
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("create table sent (line integer, key text, whole text)")
        database.executemany("insert into sent values (?, ?, ?)", zip(map(int, rows.index), key, whole, strict=True))
        repeated = database.execute(
            "select line from sent s where exists (select 1 from sent e where e.whole = s.whole and e.line < s.line)"
        ).fetchall()
        disputed = database.execute(
            "select line from sent where key in (select key from sent group by key having count(distinct whole) > 1)"
        ).fetchall()
    twins, quarrels = ({line for (line,) in found} for found in (repeated, disputed))
    ledger.reject(table, "duplicate-row", sorted(twins - quarrels))
    ledger.reject(table, "conflicting-rows", sorted(quarrels))
    return rows[~rows.index.isin(twins | quarrels)]
