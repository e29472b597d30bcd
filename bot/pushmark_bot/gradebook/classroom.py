"""Reads the grades that GitHub Classroom exported (*Download grades*, or `gh classroom assignment-grades`).

A row is a student's repository for an assignment, with the points that they had. Faults are told with file, line and
column, all at once.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from pushmark_graders.errors import FileError

from pushmark_bot.course import csv_text

SOURCE = "GitHub Classroom"
NEEDED = ("assignment_name", "github_username", "student_repository_url")
KNOWN = (
    *NEEDED, "assignment_url", "starter_code_url", "roster_identifier", "student_repository_name",
    "submission_timestamp", "points_awarded", "points_available", "group_name",
)  # fmt: skip
SHOWN = 20
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}")
_REPOSITORY = re.compile(r"https?://[^/\s]+/([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+?)(?:\.git)?/?")
_POINTS = re.compile(r"\d{1,7}(?:\.\d{1,4})?")


class ClassroomError(FileError):
    """A file is not what GitHub Classroom exports, or does not go with the course."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A student's repository for an assignment. `where` is file and line; points are None where there are none."""

    where: str
    assignment: str
    login: str
    repository: str
    identifier: str = ""
    submitted: str = ""
    points: float | None = None
    max: float | None = None


def read(paths: Sequence[Path]) -> list[Row]:
    """The rows of all files, in their order. Raises ClassroomError with every fault."""
    problems: list[str] = []
    rows: list[Row] = []
    for path in paths:
        rows += parse(csv_text.read(path, ClassroomError, "export of grades"), str(path), problems)
    problems += _twice(rows)
    if problems:
        raise faults(problems)
    return rows


def faults(problems: Sequence[str]) -> ClassroomError:
    """All that is wrong, and what to do."""
    more = [f"... and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
    return ClassroomError([*problems[:SHOWN], *more], "mend these and import it again; nothing was changed")


def parse(text: str, name: str, problems: list[str]) -> list[Row]:
    """The rows of a text; `name` is what faults call it, and `problems` gets them.

    Raises ClassroomError when it is no such file at all.
    """
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=max(",;\t", key=text.split("\n", 1)[0].count), strict=True
    )
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise ClassroomError([f"{name}: line {reader.line_num}: {error}"], "mend that line: is a quote open?") from None
    if not lines:
        raise ClassroomError([f"{name}: the file is empty"], "export the grades again")
    headings = [cell.strip().lower() for cell in lines[0][1]]
    missing = [one for one in NEEDED if one not in headings]
    if missing:
        raise ClassroomError(
            [f"{name}: line 1: no column {', '.join(missing)}; it has {', '.join(headings[:10])}"],
            "give the file that GitHub Classroom's `Download grades` made; a roster goes to `course roster`",
        )
    columns = {one: headings.index(one) for one in KNOWN if one in headings}
    return [_row(cells, columns, f"{name}: line {line}", problems) for line, cells in lines[1:]]


def _row(cells: list[str], columns: dict[str, int], where: str, problems: list[str]) -> Row:
    def cell(column: str) -> str:
        at = columns.get(column, len(cells))
        return cells[at].strip() if at < len(cells) else ""

    def points(column: str) -> float | None:
        if cell(column) and not _POINTS.fullmatch(cell(column)):
            problems.append(f"{where}: column {column}: expected points, got {cell(column)[:50]!r}")
            return None
        return float(cell(column)) if cell(column) else None

    found = _REPOSITORY.fullmatch(cell("student_repository_url"))
    for column, good, expected in (
        ("assignment_name", 0 < len(cell("assignment_name")) <= 200, "a name"),
        ("github_username", _LOGIN.fullmatch(cell("github_username")), "a GitHub login"),
        ("student_repository_url", found, "the address of a repository"),
        ("roster_identifier", len(cell("roster_identifier")) <= 200, "at most 200 characters"),
    ):
        if not good or not cell(column).isprintable():
            problems.append(f"{where}: column {column}: expected {expected}, got {cell(column)[:50]!r}")
    return Row(
        where=where,
        assignment=cell("assignment_name"),
        login=cell("github_username"),
        repository=found[1].lower() if found is not None else "",
        identifier=cell("roster_identifier"),
        submitted=cell("submission_timestamp")[:50],
        points=points("points_awarded"),
        max=points("points_available"),
    )


def _twice(rows: Sequence[Row]) -> Iterator[str]:
    seen: dict[tuple[str, str], str] = {}
    for row in rows:
        key = row.assignment.casefold(), row.login.casefold()
        if row.login and key in seen:
            yield f"{row.where}: column github_username: {row.login} has {row.assignment} also in {seen[key]}"
        seen.setdefault(key, row.where)
