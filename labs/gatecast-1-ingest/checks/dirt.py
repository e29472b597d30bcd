"""Turns a day into the files of a drop, and spoils them: sixteen ways to do it, twelve kinds of fault.

The way is public, the seed is not: endless fresh drops, and nothing to look up.
"""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from days import NEW_YORK, READINGS, Day, Tables

USUAL = 6.0
"""°F that the medians of two stations may be apart on a usual day; only a usual station changes its unit."""


@dataclass
class Sheet:
    """One file before it becomes bytes. `reasons` says, row by row, why it must be rejected; empty is kept."""

    header: list[str]
    rows: list[list[str]]
    of: list[int]
    reasons: list[str]
    touched: set[int] = field(default_factory=set)
    delimiter: str = ","
    encoding: str = "utf-8"
    newline: str = "\n"
    cut: bool = False

    def column(self, name: str) -> int:
        return self.header.index(name)


@dataclass(frozen=True)
class Drop:
    """What a learner's ingest gets (`date`, `files`), and what must come of it."""

    date: str
    files: dict[str, bytes]
    tidy: Tables
    rejected: dict[str, dict[int, str]]
    faults: dict[str, tuple[str, str]]
    lines: dict[str, dict[int, str]]
    made_from: dict[str, list[int]]
    headers: dict[str, str]

    def rows_sent(self, table: str) -> int:
        return len(self.lines[table])

    def line_of(self, table: str, place: int) -> int:
        """The line of the file that became this row of the tidy table."""
        return self.made_from[table][place]

    def header(self, table: str) -> str:
        return self.headers[table]


@dataclass
class Draft:
    """A drop in the making."""

    day: Day
    sheets: dict[str, Sheet]
    tidy: Tables
    random: np.random.Generator

    def fresh(self, table: str, count: int, rows: Iterable[int] | None = None) -> list[int]:
        """`count` rows that nothing has spoilt yet."""
        sheet = self.sheets[table]
        left = [row for row in (range(len(sheet.rows)) if rows is None else rows) if row not in sheet.touched]
        chosen = sorted(int(row) for row in self.random.choice(left, size=min(count, len(left)), replace=False))
        sheet.touched.update(chosen)
        return chosen


def drop(day: Day, *injections: str, seed: int) -> Drop:
    """The files of `day` with these faults in them; none makes a clean drop, with its columns in any order."""
    random = np.random.default_rng(seed)
    sheets = {name: _sheet(table, random) for name, table in day.sent.items()}
    tidy = {name: table.copy() for name, table in day.tidy.items()}
    draft = Draft(day, sheets, tidy, random)
    faults = {name: INJECTIONS[name](draft) for name in sorted(injections, key=list(INJECTIONS).index)}
    rejected = {
        name: {row + 2: reason for row, reason in enumerate(sheet.reasons) if reason} for name, sheet in sheets.items()
    }
    kept = {
        name: [at for at, reason in zip(sheet.of, sheet.reasons, strict=True) if not reason]
        for name, sheet in sheets.items()
    }
    made_from = {
        name: [row + 2 for row, reason in enumerate(sheet.reasons) if not reason] for name, sheet in sheets.items()
    }
    files = {name: _bytes(sheet) for name, sheet in sheets.items()}
    return Drop(
        day.date,
        {f"{name}.csv": content for name, content in files.items()},
        {name: tidy[name].loc[rows].reset_index(drop=True) for name, rows in kept.items()},
        rejected,
        faults,
        {name: _lines(content, sheets[name]) for name, content in files.items()},
        made_from,
        {name: sheet.delimiter.join(sheet.header) for name, sheet in sheets.items()},
    )


def _sheet(table: pd.DataFrame, random: np.random.Generator) -> Sheet:
    """Cells as text, NA for a missing one; the columns come in an order of their own."""
    columns = [str(name) for name in random.permutation(np.array(table.columns, dtype=object))]
    texts = [[_text(value) for value in table[name].tolist()] for name in columns]
    rows = [list(row) for row in zip(*texts, strict=True)]
    return Sheet(columns, rows, list(range(len(rows))), [""] * len(rows))


def _text(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124  (NaN)
        return "NA"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _bytes(sheet: Sheet) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sheet.delimiter, lineterminator=sheet.newline)
    writer.writerow(sheet.header)
    writer.writerows(sheet.rows)
    text = out.getvalue()
    if sheet.cut:
        whole, last = text.rstrip(sheet.newline).rsplit(sheet.newline, 1)
        text = f"{whole}{sheet.newline}{last[: max(2, len(last) // 3)]}"
    return text.encode(sheet.encoding)


def _lines(content: bytes, sheet: Sheet) -> dict[int, str]:
    """Every line after the header, by its number in the file."""
    text = content.decode(sheet.encoding)
    return {number: line for number, line in enumerate(text.splitlines(), start=1) if number > 1 and line}


def _duplicate(draft: Draft) -> tuple[str, str]:
    """Rows are sent twice."""
    sheet = draft.sheets["flights"]
    for row in draft.fresh("flights", 3, _unremarkable(draft)):
        _append(sheet, row, "duplicate-row")
    return "flights", "duplicate-row"


def _conflict(draft: Draft) -> tuple[str, str]:
    """A key is sent twice, with different values: nobody can say which row is right."""
    sheet = draft.sheets["flights"]
    for row in draft.fresh("flights", 2, _unremarkable(draft)):
        sheet.reasons[row] = "conflicting-rows"
        twin = _append(sheet, row, "conflicting-rows")
        at = sheet.column("distance")
        sheet.rows[twin][at] = str(int(sheet.rows[twin][at].replace(",", "")) + 100)
    return "flights", "conflicting-rows"


def _unremarkable(draft: Draft) -> list[int]:
    """Flights that landed, with an aircraft that the register has: repeating them is their only fault."""
    flights = draft.day.tidy["flights"]
    known = flights["tailnum"].isin(draft.day.tidy["planes"]["tailnum"])
    return [int(row) for row in np.flatnonzero(known & (flights["status"] == "landed"))]


def _append(sheet: Sheet, row: int, reason: str) -> int:
    sheet.rows.append(list(sheet.rows[row]))
    sheet.of.append(sheet.of[row])
    sheet.reasons.append(reason)
    sheet.touched.add(len(sheet.rows) - 1)
    return len(sheet.rows) - 1


def _renamed(draft: Draft) -> tuple[str, str]:
    """A column has another name, one that the airline's change log knows."""
    sheet = draft.sheets["flights"]
    new, old = [("tail_number", "tailnum"), ("departure_delay", "dep_delay")][draft.random.integers(2)]
    sheet.header[sheet.column(old)] = new
    return "flights", "schema-drift"


def _added(draft: Draft) -> tuple[str, str]:
    """A column that nobody announced."""
    sheet = draft.sheets["weather"]
    at = int(draft.random.integers(len(sheet.header)))
    sheet.header.insert(at, f"sensor_{_letters(draft, 3)}")
    for row in sheet.rows:
        row.insert(at, f"S{draft.random.integers(100, 999)}")
    return "weather", "schema-drift"


def _thousands(draft: Draft) -> tuple[str, str]:
    """A distance of 1,400 miles is written as "1,400"."""
    sheet = draft.sheets["flights"]
    at = sheet.column("distance")
    for row in sheet.rows:
        row[at] = f"{int(row[at]):,}"
    return "flights", "number-format"


def _decimal_comma(draft: Draft) -> tuple[str, str]:
    """29,92 for 29.92, and a semicolon between the cells."""
    sheet = draft.sheets["weather"]
    sheet.delimiter = ";"
    for row in sheet.rows:
        for name in READINGS:
            row[sheet.column(name)] = row[sheet.column(name)].replace(".", ",")
    return "weather", "number-format"


def _dates(draft: Draft) -> tuple[str, str]:
    """Two dates of three are written as 7/10/2013, month first."""
    sheet = draft.sheets["flights"]
    year, month, day = map(int, draft.day.date.split("-"))
    for row, cells in enumerate(sheet.rows):
        if row % 3:
            cells[sheet.column("date")] = f"{month}/{day}/{year}"
    return "flights", "date-format"


def _celsius(draft: Draft) -> tuple[str, str]:
    """One station sends its temperatures in degrees Celsius."""
    sheet = draft.sheets["weather"]
    weather = draft.day.tidy["weather"]
    apart = {
        name: abs(rows["temp"].median() - weather.loc[weather["origin"] != name, "temp"].median())
        for name, rows in weather.groupby("origin")
    }
    usual = sorted(name for name, degrees in apart.items() if degrees <= USUAL)
    station = str(draft.random.choice(usual or [min(apart, key=lambda name: apart[name])]))
    for row in sheet.rows:
        if row[sheet.column("origin")] == station:
            for name in ("temp", "dewp"):
                at = sheet.column(name)
                row[at] = row[at] if row[at] == "NA" else f"{(float(row[at].replace(',', '.')) - 32) / 1.8:.2f}"
                row[at] = row[at].replace(".", ",") if sheet.delimiter == ";" else row[at]
    return "weather", "unit-changed"


def _codes(draft: Draft) -> tuple[str, str]:
    """Codes in lower case and with spaces around them."""
    sheet = draft.sheets["flights"]
    for row, cells in enumerate(sheet.rows):
        if row % 3:
            cells[sheet.column("carrier")] = f"{cells[sheet.column('carrier')].lower()} "
            cells[sheet.column("dest")] = f" {cells[sheet.column('dest')].title()}"
    return "flights", "untidy-code"


def _bom(draft: Draft) -> tuple[str, str]:
    """A byte order mark in front of the header, and CRLF at the end of each line."""
    sheet = draft.sheets["planes"]
    sheet.encoding, sheet.newline = "utf-8-sig", "\r\n"
    return "planes", "encoding"


def _latin1(draft: Draft) -> tuple[str, str]:
    """Names in Latin-1 instead of UTF-8."""
    draft.sheets["airports"].encoding = "latin-1"
    return "airports", "encoding"


def _truncated(draft: Draft) -> tuple[str, str]:
    """The transfer broke off in the middle of the last line."""
    table = str(draft.random.choice(["flights", "planes", "weather"]))
    sheet = draft.sheets[table]
    (row,) = draft.fresh(table, 1)
    for part in (sheet.rows, sheet.of, sheet.reasons):
        part.append(part.pop(row))  # type: ignore[attr-defined]
    sheet.reasons[-1] = "truncated-line"
    sheet.cut = True
    return table, "truncated-line"


def _shifted(draft: Draft) -> tuple[str, str]:
    """The stations' clocks show New York's time and call it UTC."""
    sheet = draft.sheets["weather"]
    local = draft.day.tidy["weather"]["observed_at"].dt.tz_convert(NEW_YORK).dt.strftime("%Y-%m-%dT%H:%MZ")
    for row, at in zip(sheet.rows, sheet.of, strict=True):
        row[sheet.column("observed_at")] = local[at]
    return "weather", "clock-shifted"


def _gust(draft: Draft) -> tuple[str, str]:
    """A wind that no anemometer survives, as the source has one itself."""
    sheet = draft.sheets["weather"]
    comma = sheet.delimiter == ";"
    for row in draft.fresh("weather", 2):
        wind = draft.random.uniform(200, 1500)
        sheet.rows[row][sheet.column("wind_speed")] = f"{wind:.5f}".replace(".", "," if comma else ".")
        draft.tidy["weather"].loc[sheet.of[row], "wind_speed"] = float("nan")
    return "weather", "impossible-value"


def _clock(draft: Draft) -> tuple[str, str]:
    """A scheduled departure at a time like 25:75: without it a flight has no key."""
    sheet = draft.sheets["flights"]
    for row in draft.fresh("flights", 2):
        sheet.rows[row][sheet.column("sched_dep_time")] = str(
            100 * draft.random.integers(5, 30) + draft.random.integers(60, 100)
        )
        sheet.reasons[row] = "impossible-value"
    return "flights", "impossible-value"


def _orphan(draft: Draft) -> tuple[str, str]:
    """A carrier that the airlines of this drop do not have."""
    sheet = draft.sheets["flights"]
    code = f"{_letters(draft, 1)}{draft.random.integers(10)}"
    if code in set(draft.tidy["airlines"]["carrier"]):
        code = "ZZ"
    for row in draft.fresh("flights", 3):
        sheet.rows[row][sheet.column("carrier")] = code
        sheet.reasons[row] = "orphan-key"
    return "flights", "orphan-key"


def _letters(draft: Draft, count: int) -> str:
    return "".join(chr(code) for code in draft.random.integers(ord("A"), ord("Z") + 1, size=count))


INJECTIONS: dict[str, Callable[[Draft], tuple[str, str]]] = {
    "a thousands separator": _thousands,
    "a decimal comma": _decimal_comma,
    "mixed date formats": _dates,
    "a station in Celsius": _celsius,
    "untidy codes": _codes,
    "local time sent as UTC": _shifted,
    "an impossible wind": _gust,
    "a departure at no time": _clock,
    "an unknown carrier": _orphan,
    "rows sent twice": _duplicate,
    "two rows of one key": _conflict,
    "a renamed column": _renamed,
    "a new column": _added,
    "a byte order mark": _bom,
    "names in Latin-1": _latin1,
    "a truncated last line": _truncated,
}
"""Every way to spoil a drop, in the order in which they are applied. All of them together fit on one day."""


def shares(seed: int) -> list[list[str]]:
    """All of them, drawn into four drops."""
    names = [str(name) for name in np.random.default_rng(seed).permutation(list(INJECTIONS))]
    return [names[start::4] for start in range(4)]


def everything(day: Day, seed: int) -> Drop:
    """A drop with all of them, as the worst day would have it."""
    return drop(day, *INJECTIONS, seed=seed)
