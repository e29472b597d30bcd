"""From cells of text to values: codes, numbers, dates and moments."""

from collections.abc import Callable

import pandas as pd
from gatecast_ingest.contract import COLUMNS, MISSING
from gatecast_ingest.ledger import Ledger
from gatecast_ingest.reading import Sheet


def typed(table: str, sheet: Sheet, ledger: Ledger) -> pd.DataFrame:
    """The same rows with a type in each column; every repair is noted."""
    columns = {}
    for name, kind in COLUMNS[table].items():
        cells = sheet.cells[name].mask(sheet.cells[name].isin(MISSING))
        columns[name], fault, repaired = READERS[kind](cells, sheet.comma)
        ledger.find(table, fault, cells.index[repaired.fillna(False).astype(bool)])
    return pd.DataFrame(columns, index=sheet.cells.index)


Read = tuple[pd.Series, str, pd.Series]


def texts(cells: pd.Series, comma: str) -> Read:
    """Names stay as they are."""
    return cells, "", pd.Series(False, index=cells.index)


def codes(cells: pd.Series, comma: str) -> Read:
    """Capital letters, no spaces around."""
    tidy = cells.str.strip().str.upper()
    return tidy, "untidy-code", cells.notna() & (tidy != cells)


def numbers(cells: pd.Series, comma: str) -> Read:
    """A comma is a decimal comma where cells end in a semicolon, else it separates thousands."""
    return pd.to_numeric(cells.str.replace(",", comma)).astype(float), "number-format", cells.str.contains(",")


def dates(cells: pd.Series, comma: str) -> Read:
    """YYYY-MM-DD, from that or from month/day/year."""
    american = cells.str.contains("/").fillna(False).astype(bool)
    days = pd.to_datetime(cells[american], format="%m/%d/%Y").dt.strftime("%Y-%m-%d")
    return cells.where(~american, days), "date-format", american


def moments(cells: pd.Series, comma: str) -> Read:
    """UTC."""
    return pd.to_datetime(cells, utc=True), "", pd.Series(False, index=cells.index)


READERS: dict[str, Callable[[pd.Series, str], Read]] = {
    "text": texts,
    "code": codes,
    "number": numbers,
    "date": dates,
    "moment": moments,
}
