"""Reads a roster: a CSV file as a school's system exports it, whatever its columns are called.

Identity comes before GitHub: a learner is known by the school's identifier, and links a GitHub account later.
"""

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec
from pushmark_graders.errors import FileError

from pushmark_bot.course import csv_text

COLUMNS: dict[str, tuple[str, ...]] = {
    "identifier": ("identifier", "id", "student id", "sis id", "sis login id", "roster_identifier", "username"),
    "name": ("name", "student", "full name", "display name"),
    "first": ("first_name", "first name", "firstname"),
    "last": ("last_name", "last name", "lastname"),
    "email": ("email", "e-mail", "mail", "email address"),
    "section": ("section", "group"),
    "login": ("login", "github", "github_username", "github username"),
    "github_id": ("github_id",),
}
"""What each of our fields is called in the files of others (lower case). GitHub Classroom's export has
`identifier, github_username, github_id, name`; Classroom 50's `username, first_name, last_name, email, section,
github_id`, where `username` is the GitHub login, and empty until an invited address has accepted."""

_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}")
_SHOWN = 20


class RosterError(FileError):
    """The roster is wrong."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on the roster. Fields that the file does not have are empty, or None."""

    identifier: str
    name: str = ""
    email: str = ""
    section: str = ""
    login: str = ""
    github_id: int | None = None


def read(path: Path) -> list[Row]:
    """Read the file. Raises RosterError with every fault and its line."""
    return parse(csv_text.read(path, RosterError, "roster"), str(path))


def parse(text: str, name: str) -> list[Row]:
    """The rows of a CSV text; `name` is what faults call it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise RosterError([f"{name}: line {reader.line_num}: {error}"], "mend that line: is a quote open?") from None
    if not lines:
        raise RosterError([f"{name}: the file is empty"], "export the roster again")
    headings = [cell.strip().lower() for cell in lines[0][1]]
    fields = _fields(headings, name)
    if {"username", "github_id"} <= set(headings) and "login" not in fields and "email" in fields:  # Classroom 50
        fields |= {"login": headings.index("username"), "else": fields["email"]}
    problems: list[str] = []
    people = [(line, cells) for line, cells in lines[1:] if not _is_of_canvas(cells, fields)]
    rows = [_row(cells, fields, f"{name}: line {line}", problems) for line, cells in people]
    problems += _twice((row for row in rows), [line for line, _ in people], name)
    if not rows:
        problems.append(f"{name}: no learners below the headings")
    if problems:
        more = [f"... and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise RosterError(problems[:_SHOWN] + more, "mend these lines and import it again; nothing was changed")
    return rows


def _delimiter(text: str) -> str:
    """Excel writes semicolons where the comma is the decimal sign."""
    first = text.split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _fields(headings: list[str], name: str) -> dict[str, int]:
    fields = {
        field: next(headings.index(known) for known in names if known in headings)
        for field, names in COLUMNS.items()
        if any(known in headings for known in names)
    }
    if "identifier" not in fields:
        known = ", ".join(COLUMNS["identifier"])
        raise RosterError(
            [f"{name}: line 1: no column with an identifier; it has {', '.join(headings[:10])}"],
            f"call one of them by one of these names: {known}",
        )
    return fields


def _is_of_canvas(cells: list[str], fields: dict[str, int]) -> bool:
    """Rows of Canvas's gradebook that are nobody: the points of assignments, their posting policy, the test student."""
    first, at = cells[0].strip().casefold(), fields["identifier"]
    has_identifier = at < len(cells) and bool(cells[at].strip())
    if first in ("points possible", "manual posting", "") and not has_identifier:
        return first != "" or any(cell.strip().casefold().startswith("manual posting") for cell in cells)
    return first == "student, test" and "name" in fields and fields["name"] == 0


def _row(cells: list[str], fields: dict[str, int], where: str, problems: list[str]) -> Row:
    def cell(field: str) -> str:
        at = fields.get(field)
        return cells[at].strip() if at is not None and at < len(cells) else ""

    identifier, login, number = cell("identifier") or cell("else"), cell("login").removeprefix("@"), cell("github_id")
    if not identifier:
        problems.append(f"{where}: no identifier")
    if login and not _LOGIN.fullmatch(login):
        problems.append(f"{where}: {login[:50]!r} is no GitHub login")
    if number and not (number.isdecimal() and len(number) < 18):
        problems.append(f"{where}: github_id: expected a number, got {number[:50]!r}")
    name = cell("name") or f"{cell('first')} {cell('last')}".strip()
    for field, value, most in (("identifier", identifier, 200), ("name", name, 200), ("email", cell("email"), 320)):
        if len(value) > most or not value.isprintable():
            problems.append(f"{where}: {field}: expected at most {most} printable characters")
    return Row(
        identifier=identifier,
        name=name,
        email=cell("email"),
        section=cell("section")[:100],
        login=login,
        github_id=int(number) if number.isdecimal() and len(number) < 18 else None,
    )


def _twice(rows: Iterable[Row], lines: list[int], name: str) -> list[str]:
    seen: dict[str, int] = {}
    problems = []
    for line, row in zip(lines, rows, strict=True):
        key = row.identifier.casefold()
        if key and key in seen:
            problems.append(f"{name}: line {line}: {row.identifier} is also in line {seen[key]}")
        seen.setdefault(key, line)
    return problems
