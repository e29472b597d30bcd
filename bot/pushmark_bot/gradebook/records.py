"""Reads CSV so that it can be written back as it was: each cell with its place in the text."""

from typing import NamedTuple

from pushmark_graders.errors import FileError

MEND = "mend that line, or export it again"


class Cell(NamedTuple):
    """A cell, and where it is in the text, quotes included."""

    start: int
    end: int
    value: str


class Record(NamedTuple):
    """A row, and the line that it begins in."""

    line: int
    cells: list[Cell]


class _Where(NamedTuple):
    what: str
    error: type[FileError]


def records(text: str, name: str, error: type[FileError]) -> tuple[list[Record], str]:
    """The rows of a CSV text that are not blank, and what stands between cells. `name` is what faults call the file.

    Raises `error` with file, line and the next step.
    """
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    found: list[Record] = []
    at, line = 0, 1
    while at < len(text):
        cells, end = _cells(text, at, delimiter, _Where(f"{name}: line {line}", error))
        if len(cells) > 1 or cells[0].value.strip():
            found.append(Record(line, cells))
        line += text.count("\n", at, end)
        at = end
    if not found:
        raise error([f"{name}: the file is empty"], "export it again")
    width = len(found[0].cells)
    for record in found:
        if len(record.cells) != width:
            raise error(
                [f"{name}: line {record.line}: {len(record.cells)} cells, where the headings are {width}"],
                "mend that line, or export it again",
            )
    return found, delimiter


def _cells(text: str, at: int, delimiter: str, where: _Where) -> tuple[list[Cell], int]:
    """The cells of the row that begins at `at`, and where the next one begins."""
    cells = []
    while True:
        cell = _cell(text, at, delimiter, where)
        cells.append(cell)
        if text[cell.end : cell.end + 1] == delimiter:
            at = cell.end + 1
            continue
        ends = len("\r\n") if text.startswith("\r\n", cell.end) else 1
        return cells, cell.end + ends


def _cell(text: str, at: int, delimiter: str, where: _Where) -> Cell:
    if text[at : at + 1] != '"':
        end = at
        while end < len(text) and text[end] not in (delimiter, "\n", "\r"):
            end += 1
        return Cell(at, end, text[at:end])
    end = at + 1
    while True:
        end = text.find('"', end)
        if end < 0:
            raise where.error([f"{where.what}: a quote is open"], MEND)
        if text[end + 1 : end + 2] != '"':
            break
        end += 2
    after = text[end + 1 : end + 2]
    if after not in ("", delimiter, "\n", "\r"):
        raise where.error([f"{where.what}: {after!r} after a closing quote"], MEND)
    return Cell(at, end + 1, text[at + 1 : end].replace('""', '"'))
