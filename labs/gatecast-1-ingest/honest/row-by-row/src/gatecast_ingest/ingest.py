"""One drop in, tidy tables out; each line is looked at on its own, with the csv module and dataclasses."""

import csv
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import pandas as pd
from gatecast_ingest.contract import ATLANTIC, COLUMNS, KEYS, LIMITS, NEW_YORK, RENAMED, TABLES

Cell = str | float | datetime | None
AMERICAN = re.compile(r"(\d+)/(\d+)/(\d+)")


@dataclass
class Line:
    """A line of a file: its number, its text, its values, and the faults that it has."""

    number: int
    text: str
    values: dict[str, Cell] = field(default_factory=dict)
    rejected: str = ""


@dataclass
class File:
    """A file of the drop, and how many lines have each fault."""

    table: str
    lines: list[Line] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def good(self) -> list[Line]:
        return [line for line in self.lines if not line.rejected]

    def reject(self, line: Line, reason: str) -> None:
        line.rejected = reason
        self.faults[reason] += 1


def ingest(date: str, files: dict[str, bytes]) -> dict[str, pd.DataFrame]:
    """The five tidy tables of a day, `quarantine` and `findings`."""
    read = {table: parse(table, files[f"{table}.csv"]) for table in TABLES}
    stations(read["weather"], date)
    fly(read)
    for file in read.values():
        settle(file)
    answer = {table: tidy(file) for table, file in read.items()}
    out = [(name, line.number, line.rejected, line.text) for name, file in read.items() for line in file.lines]
    answer["quarantine"] = pd.DataFrame([row for row in out if row[2]], columns=["table", "line", "reason", "text"])
    found = [(name, fault, count, "") for name, file in read.items() for fault, count in file.faults.items()]
    answer["findings"] = pd.DataFrame(found, columns=["table", "fault", "rows", "example"])
    return answer


def parse(table: str, content: bytes) -> File:
    file = File(table)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
        file.faults["encoding"] += 1
    if text.startswith("\ufeff"):
        text = text[1:]
        file.faults["encoding"] += 1
    first, *rest = text.split("\n")
    mark = ";" if ";" in first else ","
    header = [RENAMED.get(name, name) for name in first.strip().split(mark)]
    if header != first.strip().split(mark) or set(header) - set(COLUMNS[table]):
        file.faults["schema-drift"] += 1
    for number, raw in enumerate(rest, start=2):
        if not raw.strip("\r"):
            continue
        line = Line(number, raw.strip("\r"))
        file.lines.append(line)
        cells = next(csv.reader([line.text], delimiter=mark))
        if len(cells) != len(header):
            file.reject(line, "truncated-line")
            continue
        for name, cell in zip(header, cells, strict=True):
            if name in COLUMNS[table]:
                line.values[name] = value(COLUMNS[table][name], cell, mark, file.faults)
    return file


def value(kind: str, cell: str, mark: str, faults: Counter[str]) -> Cell:
    if cell in ("", "NA"):
        return None
    if kind == "number":
        if "," in cell:
            faults["number-format"] += 1
        return float(cell.replace(",", "." if mark == ";" else ""))
    if kind == "code":
        if cell != cell.strip().upper():
            faults["untidy-code"] += 1
        return cell.strip().upper()
    if kind == "date" and (parts := AMERICAN.fullmatch(cell)):
        faults["date-format"] += 1
        return f"{int(parts[3]):04}-{int(parts[1]):02}-{int(parts[2]):02}"
    if kind == "moment":
        return datetime.strptime(cell, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    return cell


def stations(file: File, date: str) -> None:
    """Moments first, then degrees, then limits."""
    midnight = datetime.fromisoformat(date).replace(tzinfo=ZoneInfo(NEW_YORK))
    if min(line.values["observed_at"] for line in file.good) < midnight:
        for line in file.good:
            wall = line.values["observed_at"].replace(tzinfo=ZoneInfo(NEW_YORK))
            line.values["observed_at"] = wall.astimezone(UTC)
            file.faults["clock-shifted"] += 1
    degrees(file)
    for line in file.good:
        for name, (low, high) in LIMITS.items():
            if line.values[name] is not None and not low <= line.values[name] <= high:
                line.values[name] = None
                file.faults["impossible-value"] += 1


def degrees(file: File) -> None:
    """A station that would be nearer to both others in Celsius is in Celsius."""
    temps = defaultdict(list)
    for line in file.good:
        if line.values["temp"] is not None:
            temps[line.values["origin"]].append(line.values["temp"])
    middle = {station: median(mine) for station, mine in temps.items()}
    for station, mine in middle.items():
        others = [other for name, other in middle.items() if name != station]
        if all(abs(mine * 1.8 + 32 - other) < abs(mine - other) for other in others):
            for line in file.good:
                if line.values["origin"] == station:
                    file.faults["unit-changed"] += 1
                    for name in ("temp", "dewp"):
                        if line.values[name] is not None:
                            line.values[name] = line.values[name] * 1.8 + 32


def fly(read: dict[str, File]) -> None:
    """Moments and a status for every flight that has a time and a carrier."""
    carriers = {line.values["carrier"] for line in read["airlines"].good}
    zones = {line.values["faa"]: line.values["tzone"] for line in read["airports"].good}
    for line in read["flights"].good:
        flight = line.values
        planned = flight["sched_dep_time"]
        if planned is None or planned % 100 >= 60 or planned > 2400:
            read["flights"].reject(line, "impossible-value")
        elif flight["carrier"] not in carriers:
            read["flights"].reject(line, "orphan-key")
        else:
            zone = ZoneInfo(zones.get(flight["dest"]) or ATLANTIC)
            place(flight, zone)


def place(flight: dict[str, Cell], zone: ZoneInfo) -> None:
    day = datetime.fromisoformat(flight["date"]).replace(tzinfo=ZoneInfo(NEW_YORK))
    planned = on_clock(day, flight["sched_dep_time"]).astimezone(UTC)
    left = arrived = None
    status = "cancelled"
    if flight["dep_delay"] is not None:
        left = planned + timedelta(minutes=flight["dep_delay"])
        status = "diverted" if flight["arr_delay"] is None else "landed"
    if status == "landed":
        there = left.astimezone(zone).replace(hour=0, minute=0)
        arrived = on_clock(there, flight["arr_time"] % 2400).astimezone(UTC)
        if arrived < left:
            arrived = on_clock(there + timedelta(days=1), flight["arr_time"] % 2400).astimezone(UTC)
    for name in ("dep_time", "sched_arr_time", "arr_time"):
        del flight[name]
    flight.update(sched_dep_utc=planned, dep_utc=left, arr_utc=arrived, status=status)


def on_clock(day: datetime, hhmm: float) -> datetime:
    hours, minutes = divmod(int(hhmm), 100)
    return day.replace(hour=hours, minute=minutes)


def settle(file: File) -> None:
    """Twins and quarrels."""
    by_key = defaultdict(list)
    for line in file.good:
        by_key[tuple(line.values[name] for name in KEYS[file.table])].append(line)
    for lines in by_key.values():
        first, *others = lines
        different = [line for line in others if line.values != first.values]
        for line in lines if different else others:
            file.reject(line, "conflicting-rows" if different else "duplicate-row")


def tidy(file: File) -> pd.DataFrame:
    table = pd.DataFrame([line.values for line in file.good])
    for name in ("sched_dep_utc", "dep_utc", "arr_utc", "observed_at"):
        if name in table:
            table[name] = pd.to_datetime(table[name], utc=True)
    return table
