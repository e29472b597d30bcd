"""The world as it was known at a moment: raw tables, cut down by an author's declarations.

`Known` says when a raw column becomes known, `Asked` which rows features are asked for and about which moment.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

Tables = dict[str, pd.DataFrame]
Rows = Callable[[pd.DataFrame, pd.DataFrame], pd.Series]
"""Which rows of a table may be hidden: called with the table and the asked rows, returns a boolean mask."""
Moments = str | Callable[[Tables], pd.Series]
"""A column of moments, or a function that makes one from the tables."""


@dataclass(frozen=True)
class Known:
    """When something in a table becomes known: `delay` after the moments of `at`, one for each row.

    `at` names a column of `table`, or is a function of all tables whose answer is aligned on the table's index; its
    moments are comparable with the probe's, and NaT is never. None is never, for every row. `columns` are missing
    before that moment; without columns the whole row is.
    """

    table: str
    at: Moments | None
    columns: tuple[str, ...] = ()
    delay: pd.Timedelta | None = None

    def moments(self, tables: Tables) -> pd.Series | None:
        """The moment from which each row is known; None is never."""
        if self.at is None:
            return None
        at = _moments(self.at, self.table, tables)
        return at if self.delay is None else at + self.delay


@dataclass(frozen=True)
class Asked:
    """The rows that features are asked for: `key` and index name of the features, and the moment each is about.

    `at` names a column of `table`, or is a function of all tables. A feature must be computable `lead` before that
    moment.
    """

    table: str
    key: str
    at: Moments
    lead: pd.Timedelta

    def moments(self, tables: Tables) -> pd.Series:
        """The moment that each row is about."""
        return _moments(self.at, self.table, tables)


def _moments(at: Moments, table: str, tables: Tables) -> pd.Series:
    return tables[table][at] if isinstance(at, str) else at(tables)


def world_at(tables: Tables, known: Sequence[Known], moment: pd.Timestamp) -> Tables:
    """The tables as they stood at `moment`; what happens exactly then is known. The input is not changed."""
    return hide(tables, clocks(tables, known), moment, dict.fromkeys({rule.table for rule in known}))


def blank(tables: Tables, known: Sequence[Known], asked: Asked, keys: Sequence[Any]) -> Tables:
    """The same tables, where everything that becomes known later is missing in the rows of these keys."""
    table = tables[asked.table]
    rows = table[asked.key].isin(list(keys))
    columns = [column for rule in known if rule.table == asked.table for column in rule.columns]
    return {**tables, asked.table: table.assign(**{column: table[column].mask(rows) for column in columns})}


def moments(
    tables: Tables, asked: Asked, *, count: int, seed: int, since: pd.Timestamp | None = None
) -> list[pd.Timestamp]:
    """`count` different moments of asked rows, drawn by row (busy moments come more often), sorted.

    `since` leaves the first rows out, so that every drawn row has some history in the tables.
    """
    at = asked.moments(tables)
    at = at[at >= since] if since is not None else at
    order = np.random.default_rng(seed).permutation(len(at))
    return sorted(at.iloc[order].drop_duplicates().iloc[:count])


Clocks = list[tuple[Known, pd.Series | None]]


def clocks(tables: Tables, known: Sequence[Known]) -> Clocks:
    """The moments of each rule, in the untouched tables: hiding a departure must not change when the arrival was
    known."""
    return [(rule, rule.moments(tables)) for rule in known]


def hide(tables: Tables, when: Clocks, moment: pd.Timestamp, chosen: Mapping[str, pd.Series | None]) -> Tables:
    """Take away what is not known at `moment` from the chosen tables and rows (None: all rows)."""
    world = dict(tables)
    for rule, at in when:
        if rule.table not in chosen:
            continue
        never = pd.Series(True, index=tables[rule.table].index)
        late = never if at is None else ~(at <= moment)
        rows = chosen[rule.table]
        if rows is not None:
            late &= rows
        table = world[rule.table]
        if rule.columns:
            world[rule.table] = table.assign(**{column: table[column].mask(late) for column in rule.columns})
        else:
            world[rule.table] = table[~late.reindex(table.index)]
    return world
