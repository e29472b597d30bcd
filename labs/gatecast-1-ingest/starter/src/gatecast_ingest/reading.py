"""From the bytes of a file to cells of text, under the names of the contract."""

import io

import pandas as pd

from gatecast_ingest.contract import COLUMNS
from gatecast_ingest.ledger import Ledger


def read(table: str, content: bytes, ledger: Ledger) -> pd.DataFrame:
    """The cells of a file as text, one row per line."""
    text = content.decode("utf-8", errors="replace")
    cells = pd.read_csv(io.StringIO(text), dtype=str, sep=None, engine="python", on_bad_lines="skip")
    return cells.reindex(columns=list(COLUMNS[table]))
