"""Holds an answer against what must come of a drop, and says what is wrong: the fault, the table, rows and a line."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from days import KEYS, Tables
from dirt import Drop
from pushmark_graders.checks import expect

BOOKS = {"quarantine": ["table", "line", "reason"], "findings": ["table", "fault"]}
MOMENTS = ("observed_at", "sched_dep_utc", "dep_utc", "arr_utc")
WIDEST = 150


def ingested(submission: Any, drop: Drop) -> Tables:
    """What the learner's `ingest` makes of a drop: the five tables and two books, or a miss that says what is not."""
    answer = submission.module("gatecast_ingest.ingest").ingest(drop.date, drop.files)
    names = [*KEYS, *BOOKS]
    known = isinstance(answer, dict) and set(names) <= set(answer)
    expect.that(known, f"ingest should return a dict with the tables {', '.join(names)}.")
    for name, columns in BOOKS.items():
        expect.columns(answer[name], columns, f"{name}: the columns are not as agreed.")
    for name in KEYS:
        expect.is_table(answer[name])
    return dict(answer)


def reconciled(answer: Tables, drop: Drop, what: str) -> None:
    """Rows in are rows out plus rows rejected, for every table, and each rejected row is a line of its file."""
    for table in KEYS:
        lines = rejected_lines(answer, table)
        sent, out = drop.rows_sent(table), len(answer[table])
        expect.that(
            sent == out + len(lines),
            f"{what}: {table}.csv has {sent} rows, but {out} came out and {len(lines)} are in quarantine: "
            f"{_difference(sent - out - len(lines))}{_example(_lost(answer, drop, table), drop, table)}",
        )
        strange = [line for line in lines if line not in drop.lines[table]]
        expect.that(
            not strange and len(set(lines)) == len(lines),
            f"{what}: quarantine should name each rejected line of {table}.csv once, by its number in the file "
            f"(the header is line 1); it has {_few(strange or _twice(lines))}.",
        )


def tidy(
    answer: Tables, drop: Drop, what: str, tables: Iterable[str], only: Sequence[str] = (), *, every_row: bool = False
) -> None:
    """These tables hold the values that they should; `only` limits the columns that are looked at.

    Unless `every_row` is asked for, missing rows are the business of other checks: at least half must be there.
    """
    for table in tables:
        right = drop.tidy[table]
        columns = [name for name in right if not only or name in only or name in KEYS[table]]
        expect.columns(answer[table], columns, f"{what}: {table} lacks columns.")
        got = _ready(answer[table][columns])
        expected = _ready(right[columns])
        keys = KEYS[table]
        _same_rows(got, expected, drop, table, what, every_row)
        got, expected = (frame.set_index(keys).sort_index() for frame in (got, expected))
        got = got[~got.index.duplicated()]
        shared = expected.index.intersection(got.index)
        got, expected = got.loc[shared], expected.loc[shared]
        for name in expected:
            _same_column(got[name], expected[name], drop, table, what)


def rejected(answer: Tables, drop: Drop, what: str, tables: Iterable[str], reasons: Sequence[str] = ()) -> None:
    """The quarantine holds exactly the lines that it should, each with the right reason.

    With `reasons`, a line that is there for another one is the business of other checks.
    """
    book = answer["quarantine"]
    for table in tables:
        mine = book[book["table"] == table]
        got = {int(line): str(reason) for line, reason in zip(mine["line"], mine["reason"], strict=True)}
        expected = drop.rejected[table]
        if lost := sorted(expected.keys() - got.keys()):
            what_for = expected[lost[0]]
            raise_miss(
                f"{what}: {len(lost)} of {len(expected)} rows of {table}.csv that should be rejected are not in "
                f"quarantine ({what_for}).{_shown(lost[0], drop, table)}"
            )
        if extra := sorted(line for line in got.keys() - expected.keys() if not reasons or got[line] in reasons):
            raise_miss(
                f"{what}: {len(extra)} good rows of {table}.csv are in quarantine, as {got[extra[0]]}."
                f"{_shown(extra[0], drop, table)}"
            )
        wrong = [line for line in sorted(expected) if got[line] != expected[line]]
        if wrong:
            raise_miss(
                f"{what}: {len(wrong)} rejected rows of {table}.csv have another reason. Expected "
                f"{expected[wrong[0]]}, got {got[wrong[0]]}.{_shown(wrong[0], drop, table)}"
            )


def found(answer: Tables) -> set[tuple[str, str]]:
    """The faults that the answer names, with the table of each."""
    book = answer["findings"]
    return {(str(table), str(fault)) for table, fault in zip(book["table"], book["fault"], strict=True)}


def rejected_lines(answer: Tables, table: str) -> list[int]:
    book = answer["quarantine"]
    return [int(line) for line in book.loc[book["table"] == table, "line"]]


def raise_miss(sentence: str) -> None:
    expect.that(False, sentence)


def _same_rows(got: pd.DataFrame, expected: pd.DataFrame, drop: Drop, table: str, what: str, every_row: bool) -> None:
    keys = KEYS[table]
    mine, right = (pd.MultiIndex.from_frame(frame[keys]) for frame in (got, expected))
    lost = right[~right.isin(mine)]
    if len(lost) > (0 if every_row else len(right) // 2):
        raise_miss(
            f"{what}: {len(lost)} of {len(right)} rows that {table} should hold are not there, under the key "
            f"{', '.join(keys)}.{_example(_line_of(lost[:1], drop, table), drop, table)}"
        )
    if not every_row:
        return
    extra = mine[~mine.isin(right)]
    if len(extra):
        raise_miss(f"{what}: {table} has {len(extra)} rows that it should not hold, for example {_named(extra[0])}.")
    again = mine[mine.duplicated()]
    if len(again):
        raise_miss(f"{what}: {table} holds {len(again)} keys more than once, for example {_named(again[0])}.")


def _same_column(got: pd.Series, expected: pd.Series, drop: Drop, table: str, what: str) -> None:
    if expected.dtype.kind == "f":
        left = pd.to_numeric(got, errors="coerce").to_numpy(dtype=float)
        right = expected.to_numpy(dtype=float)
        wrong = ~(np.isclose(left, right, atol=0.02, rtol=1e-6) | (np.isnan(left) & np.isnan(right)))
    else:
        wrong = ~((got == expected) | (got.isna() & expected.isna())).to_numpy(dtype=bool)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise_miss(
            f"{what}: {int(wrong.sum())} of {len(expected)} rows of {table} have a wrong `{expected.name}`. "
            f"Got {_value(got.iloc[at])}, expected {_value(expected.iloc[at])}."
            f"{_example(_line_of(expected.index[[at]], drop, table), drop, table)}"
        )


def _ready(table: pd.DataFrame) -> pd.DataFrame:
    """Moments as UTC, numbers as doubles, all else as text or missing, so that equal things are equal."""
    columns = {}
    for name in table:
        cells = table[name]
        if name in MOMENTS:
            columns[name] = pd.to_datetime(cells, utc=True, errors="coerce").dt.as_unit("us")
        elif pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
            columns[name] = cells.astype(float)
        elif name == "date" and pd.api.types.is_datetime64_any_dtype(cells):
            columns[name] = cells.dt.strftime("%Y-%m-%d").astype(object)
        else:
            columns[name] = cells.astype(object).where(cells.notna(), None)
    return pd.DataFrame(columns)


def _line_of(key: pd.Index, drop: Drop, table: str) -> int:
    """The line of the file from which the row with this key was made; 0 when there is none."""
    right = pd.MultiIndex.from_frame(_ready(drop.tidy[table])[KEYS[table]])
    places = np.flatnonzero(right.isin(pd.MultiIndex.from_tuples([_tuple(one) for one in key])))
    return drop.line_of(table, int(places[0])) if len(places) else 0


def _lost(answer: Tables, drop: Drop, table: str) -> int:
    """A line that is neither in the tidy table nor in quarantine; 0 when every key is there."""
    if not set(KEYS[table]) <= set(answer[table]):
        return 0
    mine = pd.MultiIndex.from_frame(_ready(answer[table])[KEYS[table]])
    right = pd.MultiIndex.from_frame(_ready(drop.tidy[table])[KEYS[table]])
    gone = right[~right.isin(mine)]
    booked = set(rejected_lines(answer, table))
    lines = [drop.line_of(table, int(place)) for place in np.flatnonzero(right.isin(gone))]
    lines += sorted(drop.rejected[table])
    return next((line for line in lines if line not in booked), 0)


def _tuple(key: object) -> tuple[object, ...]:
    return key if isinstance(key, tuple) else (key,)


def _example(line: int, drop: Drop, table: str) -> str:
    return _shown(line, drop, table) if line else ""


def _shown(line: int, drop: Drop, table: str) -> str:
    text = drop.lines[table].get(line, "")
    cut = text if len(text) <= WIDEST else f"{text[:WIDEST]}..."
    return f"\n  header:   {drop.header(table)[:WIDEST]}\n  line {line}: {cut}"


def _difference(count: int) -> str:
    return f"{count} are nowhere." if count > 0 else f"{-count} too many."


def _few(lines: list[int]) -> str:
    return ", ".join(str(line) for line in lines[:3])


def _twice(lines: list[int]) -> list[int]:
    return sorted({line for line in lines if lines.count(line) > 1})


def _named(key: object) -> str:
    return " ".join(_value(part) for part in _tuple(key))


def _value(value: object) -> str:
    if value is None or value is pd.NaT or value != value:  # noqa: PLR0124  (NaN)
        return "nothing"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return f"{value:g}" if isinstance(value, float) else str(value)[:60]
