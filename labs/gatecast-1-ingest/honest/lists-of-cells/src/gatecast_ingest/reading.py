"""From the bytes of a file to lists of cells, column by column, without the csv module."""

from dataclasses import dataclass

import pandas as pd
from gatecast_ingest.contract import COLUMNS, RENAMED
from gatecast_ingest.ledger import Ledger


@dataclass(frozen=True)
class Sheet:
    cells: pd.DataFrame
    comma: str


def read(table: str, content: bytes, ledger: Ledger) -> Sheet:
    codec = next((name for name in ("utf-8", "iso-8859-1") if _fits(content, name)), "utf-8")
    text = content.decode(codec).replace("\r", "")
    lines = text.lstrip("\ufeff").split("\n")
    numbers = [number for number, line in enumerate(lines) if number and line]
    ledger.texts[table] = {number + 1: lines[number] for number in numbers}
    ledger.find(table, "encoding", list(ledger.texts[table])[: codec != "utf-8" or text[0] == "\ufeff"])
    mark = max(",;", key=lines[0].count)
    names = lines[0].split(mark)
    agreed = [RENAMED.get(name, name) for name in names]
    drifted = agreed != names or not set(agreed) <= set(COLUMNS[table])
    ledger.find(table, "schema-drift", list(ledger.texts[table])[:drifted])
    cells = {number: split(line, mark) for number, line in ledger.texts[table].items()}
    short = [number for number, row in cells.items() if len(row) < len(names)]
    ledger.reject(table, "truncated-line", short)
    kept = [number for number in cells if number not in set(short)]
    columns = {name: [cells[number][at] for number in kept] for at, name in enumerate(agreed)}
    chosen = {name: columns[name] for name in COLUMNS[table]}
    return Sheet(pd.DataFrame(chosen, index=kept, dtype=object), "." if mark == ";" else "")


def _fits(content: bytes, codec: str) -> bool:
    try:
        content.decode(codec)
    except ValueError:
        return False
    return True


def split(line: str, mark: str) -> list[str]:
    """The cells of a line; inside quotation marks a mark is a character like any other."""
    cells, quoted = [""], False
    for letter in line:
        if letter == '"':
            quoted = not quoted
        elif letter == mark and not quoted:
            cells.append("")
        else:
            cells[-1] += letter
    return cells
