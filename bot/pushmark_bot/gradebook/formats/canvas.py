"""CSV for Canvas's gradebook import.

The safe way is `filled`: take the file that Canvas exported, put the points into an assignment's column, and leave all
else as it is, to the character. `made` makes a new file, for which the identifiers must be those that Canvas knows.
"""

import re
from collections.abc import Sequence

import msgspec
from pushmark_graders.errors import FileError

from pushmark_bot.gradebook.book import Book, Lab, Learner
from pushmark_bot.gradebook.cells import number, written
from pushmark_bot.gradebook.records import Cell, Record
from pushmark_bot.gradebook.records import records as read_records

KNOWN_BY = ("id", "sis user id", "sis login id", "integration id")
POSSIBLE = "points possible"
EXCUSED = ("ex", "n/a")
"""What Canvas writes for who is excused, and who was not given the assignment."""

_ID_AT_END = re.compile(r"\s*\(\d+\)$")
_COMMA_DECIMAL = re.compile(r"\d+,\d+")


class CanvasError(FileError):
    """The file is not one that Canvas exported, or lacks what is asked for."""


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """The new text, and what was done: rows filled in, rows that are nobody of the course or have no grade, and
    learners with a grade who are in no row. `possible` is what Canvas says the assignment is worth, as it is there."""

    text: str
    column: str
    filled: int
    left: int
    missing: list[str]
    possible: str


def made(book: Book) -> str:
    """A new file. The identifier is both SIS User ID and SIS Login ID: Canvas takes the one that it knows."""
    rows = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *(lab.title for lab in book.labs)]]
    rows.append(["    Points Possible", "", "", "", "", *(number(lab.max) for lab in book.labs)])
    for one in book.learners:
        marks = [book.mark(lab.slug, one.identifier) for lab in book.labs]
        points = [number(mark.points if mark is not None else None) for mark in marks]
        rows.append([one.name or one.identifier, "", one.identifier, one.identifier, one.section, *points])
    return written(rows)


def filled(text: str, name: str, book: Book, lab: Lab, column: str = "") -> Filled:
    """Canvas's own export with the points of `lab` in it. `name` is what faults call the file.

    Raises CanvasError with file, line, column and the next step.
    """
    records, delimiter = read_records(text, name, CanvasError)
    headings = [cell.value.removeprefix("\ufeff").strip() for cell in records[0].cells]
    known = [at for at, heading in enumerate(headings) if heading.casefold() in KNOWN_BY]
    if not known:
        raise CanvasError(
            [f"{name}: line 1: no column ID, SIS User ID or SIS Login ID"], "export the gradebook from Canvas again"
        )
    at = _column(headings, name, lab, column)
    possible = _possible(records, name, at, headings[at])
    decimal = "," if _has_comma_decimals(records) else "."
    work = _Filling(book, lab, name, known, at)
    spans: list[tuple[Cell, str]] = []
    for record in records[1:]:
        points = work.points_of(record)
        if points is not None:
            spans.append((record.cells[at], _quoted(number(points, decimal), delimiter)))
    return Filled(
        text=_spliced(text, spans),
        column=headings[at],
        filled=len(spans),
        left=work.left,
        missing=work.missing(),
        possible=possible,
    )


def points(text: str) -> float | None:
    """Points as Canvas writes them, with either decimal sign; None where there are none."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


class _Filling:
    """Who is in which row, and who was not met."""

    def __init__(self, book: Book, lab: Lab, name: str, known: list[int], at: int) -> None:
        self._name, self._known, self._at = name, known, at
        graded = [(one, book.mark(lab.slug, one.identifier)) for one in book.learners]
        self._points = {one.identifier: mark.points for one, mark in graded if mark is not None}
        self._by_name: dict[str, set[str]] = {}
        for one in book.learners:
            for word in _names(one):
                self._by_name.setdefault(word, set()).add(one.identifier)
        self._met: dict[str, int] = {}
        self.left = 0

    def points_of(self, record: Record) -> float | None:
        """The points that belong in a row; None where it is to be left as it is."""
        if self._at >= len(record.cells) or _is_nobody(record):
            return None
        found = self._who(record)
        points = self._points.get(found) if found is not None else None
        if points is None or record.cells[self._at].value.strip().casefold() in EXCUSED:
            self.left += 1
            return None
        return points

    def missing(self) -> list[str]:
        """Who has a grade, and is in no row."""
        return [one for one, points in self._points.items() if points is not None and one not in self._met]

    def _who(self, record: Record) -> str | None:
        """The learner of a row: every column that names one must name the same."""
        words = [record.cells[at].value.strip().casefold() for at in self._known if at < len(record.cells)]
        found = set[str]().union(*(self._by_name.get(word, set()) for word in words if word))
        if len(found) > 1:
            raise CanvasError(
                [f"{self._name}: line {record.line}: the row may be that of {' or '.join(sorted(found))}"],
                "give each of them an identifier on the roster that is nobody else's in this file",
            )
        for one in found:
            if one in self._met:
                raise CanvasError(
                    [f"{self._name}: line {record.line}: {one} is also in line {self._met[one]}"],
                    "export the gradebook from Canvas again, without changing it",
                )
            self._met[one] = record.line
            return one
        return None


def _names(one: Learner) -> set[str]:
    return {word.casefold() for word in (one.identifier, one.email) if word}


def _is_nobody(record: Record) -> bool:
    first = record.cells[0].value.strip().casefold()
    return first in ("", POSSIBLE, "student, test")


def _column(headings: list[str], name: str, lab: Lab, column: str) -> int:
    wanted = [column] if column else [lab.slug, lab.title]
    for one in wanted:
        found = [at for at, heading in enumerate(headings) if one.strip() in (heading, _ID_AT_END.sub("", heading))]
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            raise CanvasError(
                [f"{name}: line 1: {len(found)} columns are called {one!r}"],
                "name one of them with --column, as it is written there, with the number at its end",
            )
    assignments = [heading for heading in headings if _ID_AT_END.search(heading)]
    raise CanvasError(
        [f"{name}: line 1: no column is called {' or '.join(map(repr, wanted))}"],
        f"name it with --column; the file has: {', '.join(assignments[:10]) or 'no assignment'}",
    )


def _possible(records: Sequence[Record], name: str, at: int, column: str) -> str:
    for record in records[1:]:
        if record.cells[0].value.strip().casefold() == POSSIBLE and at < len(record.cells):
            said = record.cells[at].value.strip()
            if said.startswith("("):
                raise CanvasError(
                    [f"{name}: line {record.line}: column {column}: Canvas takes no points there: {said}"],
                    "name the assignment's own column with --column",
                )
            return said
    raise CanvasError([f"{name}: no row `Points Possible`"], "export the gradebook from Canvas again")


def _has_comma_decimals(records: Sequence[Record]) -> bool:
    rows = [record for record in records if record.cells[0].value.strip().casefold() == POSSIBLE]
    return any(_COMMA_DECIMAL.fullmatch(cell.value.strip()) for record in rows for cell in record.cells)


def _quoted(text: str, delimiter: str) -> str:
    return f'"{text}"' if delimiter in text else text


def _spliced(text: str, spans: Sequence[tuple[Cell, str]]) -> str:
    parts, done = [], 0
    for cell, new in spans:
        parts += [text[done : cell.start], new]
        done = cell.end
    return "".join([*parts, text[done:]])
