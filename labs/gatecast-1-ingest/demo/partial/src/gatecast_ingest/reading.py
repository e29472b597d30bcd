"""From the bytes of a file to cells of text, under the names of the contract. No line disappears here."""

import csv
from dataclasses import dataclass

import pandas as pd
from gatecast_ingest.contract import COLUMNS, RENAMED
from gatecast_ingest.ledger import Ledger


@dataclass(frozen=True)
class Sheet:
    """Cells as text, one row per line; the index is the line's number in the file. `comma` is what a comma inside a
    number means: "." or nothing."""

    cells: pd.DataFrame
    comma: str


def read(table: str, content: bytes, ledger: Ledger) -> Sheet:
    """The cells of a file. Raises ValueError when a column of the contract is missing."""
    text, plain = decoded(content)
    header, *lines = text.splitlines()
    ledger.texts[table] = {number: line for number, line in enumerate(lines, start=2) if line}
    if not plain:
        ledger.find(table, "encoding", ledger.texts[table])
    delimiter = ";" if header.count(";") > header.count(",") else ","
    names = next(csv.reader([header], delimiter=delimiter))
    rows = {number: next(csv.reader([line], delimiter=delimiter)) for number, line in ledger.texts[table].items()}
    whole = {number: row for number, row in rows.items() if len(row) == len(names)}
    ledger.reject(table, "truncated-line", rows.keys() - whole.keys())
    cells = pd.DataFrame(list(whole.values()), index=list(whole), columns=names, dtype=object)
    return Sheet(_agreed(table, cells, ledger), "." if delimiter == ";" else "")


def decoded(content: bytes) -> tuple[str, bool]:
    """The text, and whether it was plain UTF-8."""
    try:
        return content.decode("utf-8-sig"), not content.startswith(b"\xef\xbb\xbf")
    except UnicodeDecodeError:
        return content.decode("latin-1"), False


def _agreed(table: str, cells: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The columns of the contract, under its names."""
    names = {name: RENAMED.get(name, name) for name in cells}
    if any(new not in COLUMNS[table] or new != old for old, new in names.items()):
        ledger.find(table, "schema-drift", cells.index)
    cells = cells.rename(columns=names)
    if missing := [name for name in COLUMNS[table] if name not in cells]:
        raise ValueError(f"{table} has no column {', '.join(missing)}")
    return cells[list(COLUMNS[table])]
