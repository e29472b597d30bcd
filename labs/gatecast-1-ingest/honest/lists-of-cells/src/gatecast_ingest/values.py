"""From lists of cells to values: one small reader per kind, applied cell by cell."""

from datetime import datetime

import pandas as pd
from gatecast_ingest.contract import COLUMNS, MISSING
from gatecast_ingest.ledger import Ledger
from gatecast_ingest.reading import Sheet

FAULT = {"number": "number-format", "code": "untidy-code", "date": "date-format"}


def typed(table: str, sheet: Sheet, ledger: Ledger) -> pd.DataFrame:
    columns = {}
    for name, kind in COLUMNS[table].items():
        told = sheet.cells[name].tolist()
        plain = [None if cell in MISSING else one(kind, cell, sheet.comma) for cell in told]
        odd = [
            line
            for line, cell, meant in zip(sheet.cells.index, told, plain, strict=True)
            if meant is not None and strange(kind, cell, meant)
        ]
        ledger.find(table, FAULT.get(kind, ""), odd)
        columns[name] = pd.Series(plain, index=sheet.cells.index, dtype=float if kind == "number" else object)
        if kind == "moment":
            columns[name] = pd.to_datetime(columns[name], utc=True)
    return pd.DataFrame(columns)


def strange(kind: str, cell: str, meant: object) -> bool:
    return "," in cell if kind == "number" else kind in ("code", "date") and meant != cell


def one(kind: str, cell: str, comma: str) -> str | float:
    if kind == "number":
        return float(comma.join(cell.split(",")))
    if kind == "code":
        return "".join(cell.split()).upper()
    if kind == "date":
        shape = "%m/%d/%Y" if "/" in cell else "%Y-%m-%d"
        return datetime.strptime(cell, shape).date().isoformat()
    return cell
