"""From cells of text to values: codes, numbers, dates and moments."""

import pandas as pd

from gatecast_ingest.contract import COLUMNS
from gatecast_ingest.ledger import Ledger


def typed(table: str, cells: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The same rows with a type in each column."""
    columns = {}
    for name, kind in COLUMNS[table].items():
        if kind == "number":
            columns[name] = pd.to_numeric(cells[name], errors="coerce").astype(float)
        elif kind == "moment":
            columns[name] = pd.to_datetime(cells[name], errors="coerce", utc=True)
        else:
            columns[name] = cells[name]
    return pd.DataFrame(columns)
