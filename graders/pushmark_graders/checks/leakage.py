"""Probes that tell whether feature code looks into the future, whatever the code looks like.

The learner reads which column moved, for what share of rows, and at which moment. Nothing is read from
their source: the code is *replayed* on tables cut down to what was known, and honest features do not move.

A lab's author declares when each raw column becomes known (`Known`) and which rows are asked about
(`Asked`); `build` is any function from raw tables to one row of features per key, such as the proxy
`submission.module("gatecast.features").build`.

Three rules keep honest code from being accused; each comes from a false accusation that an earlier version
made. Rows may be blanked together only when none can be in another's legitimate history. A row may be
compared only at exactly its own moment, because rows asked later rightly know more. And code that depends
on the order of rows with equal times must be told so first (`order_probe`): cut tables sort differently.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pushmark_graders.checks.expect import Unmet

Tables = dict[str, pd.DataFrame]
Build = Callable[[Tables], Any]
Rows = Callable[[pd.DataFrame, pd.DataFrame], pd.Series]
"""Which rows of a table may be hidden: called with the table and the asked rows, returns a boolean mask."""

TOLERANCE = 1e-4
"""Absolute and relative. Running sums over different tables differ by rounding, about 1e-6 even in float32
at these sizes; the smallest leak seen moves a feature by 1e-3."""


@dataclass(frozen=True)
class Known:
    """When something in a table becomes known.

    `at` gives the moment for each row of `table`, aligned on its index and comparable with the probe's
    moments; NaT is never. `columns` are missing before that moment; without columns the whole row is.
    """

    table: str
    at: Callable[[Tables], pd.Series]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """The rows that features are asked for: `key` and index name of the features, and the moment each is about.

    A feature must be computable `lead` before that moment.
    """

    table: str
    key: str
    at: Callable[[Tables], pd.Series]
    lead: pd.Timedelta


@dataclass(frozen=True)
class Leak:
    """A column of features that moved although it should not have.

    `moved` of `rows` compared values differ. `example` is the key of the first one, asked at `moment`
    (None where no clock is involved); `whole` and `cut` are its two values, and `told` names the two worlds
    that they come from.
    """

    column: str
    rows: int
    moved: int
    example: Any
    whole: Any
    cut: Any
    moment: pd.Timestamp | None = None
    told: tuple[str, str] = ("with the whole tables", "with only what was known")

    @property
    def share(self) -> float:
        return self.moved / self.rows

    def sentence(self) -> str:
        """What moved, how often, and one example."""
        when = f", asked at {self.moment:%Y-%m-%d %H:%M} UTC" if self.moment is not None else ""
        return (
            f"`{self.column}` moved for {self.share:.0%} of {self.rows:,} rows; row {self.example}{when}: "
            f"{_short(self.whole)} {self.told[0]}, {_short(self.cut)} {self.told[1]}."
        )


def world_at(tables: Tables, known: Sequence[Known], moment: pd.Timestamp) -> Tables:
    """The tables as they stood at `moment`; what happens exactly then is known. The input is not changed."""
    return _hide(tables, _clocks(tables, known), moment, dict.fromkeys({rule.table for rule in known}))


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
    at = asked.at(tables)
    at = at[at >= since] if since is not None else at
    order = np.random.default_rng(seed).permutation(len(at))
    return sorted(at.iloc[order].drop_duplicates().iloc[:count])


def as_of_probe(
    build: Build,
    tables: Tables,
    known: Sequence[Known],
    asked: Asked,
    at: Sequence[pd.Timestamp],
    *,
    hide: Mapping[str, Rows | None] | None = None,
    tolerance: float = TOLERANCE,
) -> list[Leak]:
    """Columns that change when each row is rebuilt from the world as known `lead` before its moment.

    Compares, for each moment of `at`, exactly the rows asked about at that moment. `hide` limits what is
    taken away, to say *where* a leak comes from: tables that it does not name stay whole, and a function
    chooses the rows of a table (None is all). Returns the leaks, the most widespread first.
    """
    declared = dict.fromkeys(rule.table for rule in known)
    places = declared if hide is None else hide
    if not places or not declared.keys() >= places.keys():
        raise ValueError(f"hide: expected some of the tables that `known` declares ({', '.join(declared)})")
    whole = build(tables)
    when, table = asked.at(tables), tables[asked.table]
    clocks = _clocks(tables, known)
    changes = _Changes(tolerance)
    for moment in at:
        rows = table[when == moment]
        chosen = {name: None if choose is None else choose(tables[name], rows) for name, choose in places.items()}
        cut = build(_hide(tables, clocks, moment - asked.lead, chosen))
        changes.compare(whole, cut, asked.key, rows[asked.key], moment - asked.lead)
    return changes.leaks()


def blank_probe(
    build: Build,
    tables: Tables,
    known: Sequence[Known],
    asked: Asked,
    at: Sequence[pd.Timestamp],
    *,
    tolerance: float = TOLERANCE,
) -> list[Leak]:
    """Columns that change when a row's own later-known fields are blank, as they are in production.

    For each moment M of `at`, blanks all rows asked about in [M, M + lead / 2) at once. None of them can be
    in another's legitimate history: at the last one's call, M - lead / 2, none had happened. (The few whose
    fields were known that early are left alone.)
    """
    whole = build(tables)
    when = asked.at(tables)
    first_known = pd.concat([rule.at(tables) for rule in known if rule.table == asked.table], axis=1).min(axis=1)
    changes = _Changes(tolerance, ("with its outcome", "with its outcome blank"))
    for moment in at:
        together = (when >= moment) & (when < moment + asked.lead / 2) & ~(first_known <= moment - asked.lead / 2)
        keys = tables[asked.table].loc[together, asked.key]
        cut = build(blank(tables, known, asked, list(keys)))
        changes.compare(whole, cut, asked.key, keys, None)
    return changes.leaks()


def order_probe(build: Build, tables: Tables, asked: Asked, *, seed: int, tolerance: float = TOLERANCE) -> list[Leak]:
    """Columns that change when the same rows come in another order.

    A feature that takes "the last" of several rows with equal times is not defined, and would look like a
    leak to the as-of probe now and then. Besides, the order of a file may itself tell the future.
    """
    rng = np.random.default_rng(seed)
    shuffled = {name: table.iloc[rng.permutation(len(table))].reset_index(drop=True) for name, table in tables.items()}
    changes = _Changes(tolerance, ("in one order", "in another"))
    changes.compare(build(tables), build(shuffled), asked.key, tables[asked.table][asked.key], None)
    return changes.leaks()


def fit_poison(
    fit_transform: Callable[[pd.DataFrame, pd.Series, pd.Series], Any],
    features: pd.DataFrame,
    labels: pd.Series,
    train: pd.Series,
    *,
    seed: int,
    tolerance: float = TOLERANCE,
) -> list[Leak]:
    """Columns of the encoded training rows that change when only the *other* rows are spoilt.

    `fit_transform(features, labels, train)` fits an encoder and returns the encoded training rows. In the
    rows that are not for training, the labels are flipped and the features are shuffled among themselves:
    an encoder fitted on training rows cannot notice.
    """
    trained = train.to_numpy(dtype=bool)
    order, other = np.arange(len(train)), np.flatnonzero(~trained)
    order[other] = np.random.default_rng(seed).permutation(other)
    spoilt_features = features.iloc[order].set_axis(features.index)
    spoilt_labels = labels.where(trained, ~labels if labels.dtype == bool else 1 - labels)
    clean = fit_transform(features, labels, train)
    spoilt = fit_transform(spoilt_features, spoilt_labels, train)
    keys = pd.Series(features.index[trained])
    changes = _Changes(tolerance, ("before", "after the other rows were spoilt"))
    changes.compare(clean, spoilt, str(features.index.name or "row"), keys, None)
    return changes.leaks()


def moved_share(whole: Any, cut: Any, key: str, keys: pd.Series, *, tolerance: float = TOLERANCE) -> float:
    """The share of rows with at least one feature that moved; for checks that a feature *does* react."""
    changes = _Changes(tolerance)
    changes.compare(whole, cut, key, keys, None)
    return changes.any_moved / changes.rows


def describe(leaks: Sequence[Leak], *, most: int = 3) -> str:
    """The worst leaks as sentences, one a line."""
    lines = [leak.sentence() for leak in leaks[:most]]
    return "\n".join([*lines, f"... and {len(leaks) - most} more columns." if len(leaks) > most else ""]).rstrip()


_Clocks = list[tuple[Known, pd.Series]]


def _clocks(tables: Tables, known: Sequence[Known]) -> _Clocks:
    """The moments of each rule, in the untouched tables: hiding a departure must not change when the arrival was
    known."""
    return [(rule, rule.at(tables)) for rule in known]


def _hide(tables: Tables, clocks: _Clocks, moment: pd.Timestamp, chosen: Mapping[str, pd.Series | None]) -> Tables:
    """Take away what is not known at `moment` from the chosen tables and rows (None: all rows)."""
    world = dict(tables)
    for rule, at in clocks:
        if rule.table not in chosen:
            continue
        late = ~(at <= moment)
        rows = chosen[rule.table]
        if rows is not None:
            late &= rows
        table = world[rule.table]
        if rule.columns:
            world[rule.table] = table.assign(**{column: table[column].mask(late) for column in rule.columns})
        else:
            world[rule.table] = table[~late.reindex(table.index)]
    return world


class _Changes:
    """Collects, per column of features, how many of the compared rows moved, and the first example."""

    def __init__(self, tolerance: float, told: tuple[str, str] = Leak.told) -> None:
        self.tolerance = tolerance
        self.told = told
        self.rows = 0
        self.any_moved = 0
        self.moved: dict[str, int] = {}
        self.first: dict[str, tuple[Any, Any, Any, pd.Timestamp | None]] = {}

    def compare(self, whole: Any, cut: Any, key: str, keys: pd.Series, moment: pd.Timestamp | None) -> None:
        left, right = _rows(whole, key, keys), _rows(cut, key, keys)
        if list(left.columns) != list(right.columns):
            odd = sorted(set(map(str, left.columns)) ^ set(map(str, right.columns)))
            raise Unmet(
                "The columns depend on what is known: with less history, "
                + (f"these come or go: {', '.join(odd[:5])}." if odd else "they are in another order.")
            )
        self.rows += len(left)
        anywhere = np.zeros(len(left), dtype=bool)
        for position, name in enumerate(map(str, left.columns)):
            before, after = left.iloc[:, position], right.iloc[:, position]
            moved = _differs(before, after, self.tolerance)
            anywhere |= moved
            if moved.any():
                row = int(np.argmax(moved))
                self.moved[name] = self.moved.get(name, 0) + int(moved.sum())
                self.first.setdefault(name, (left.index[row], before.iloc[row], after.iloc[row], moment))
        self.any_moved += int(anywhere.sum())

    def leaks(self) -> list[Leak]:
        if not self.rows:
            raise ValueError("no row was compared, so nothing is proved: choose moments that have rows")
        found = []
        for column, moved in self.moved.items():
            example, whole, cut, moment = self.first[column]
            found.append(Leak(column, self.rows, moved, example, whole, cut, moment, self.told))
        return sorted(found, key=lambda leak: -leak.moved)


def _rows(features: Any, key: str, keys: pd.Series) -> pd.DataFrame:
    """The rows of `keys`, in their order. Raises Unmet with a sentence for the learner."""
    if not isinstance(features, pd.DataFrame):
        raise Unmet(f"The features are not a table but {type(features).__name__}; expected one row per {key}.")
    if not features.index.is_unique:
        raise Unmet(f"The features hold a {key} twice: {features.index[features.index.duplicated()][0]}.")
    missing = pd.Index(keys).difference(features.index, sort=False)
    if len(missing):
        raise Unmet(f"{len(missing)} of {len(keys)} rows have no features, {key} {missing[0]} for one; index by {key}.")
    rows: pd.DataFrame = features.loc[pd.Index(keys)]
    return rows


def _differs(before: pd.Series, after: pd.Series, tolerance: float) -> np.ndarray:
    """Row by row: another value, or missing in only one of the two. A change of dtype alone is no difference."""
    left_gone, right_gone = before.isna().to_numpy(dtype=bool), after.isna().to_numpy(dtype=bool)
    left, right = _numbers(before), _numbers(after)
    if left is not None and right is not None:
        same = np.isclose(left, right, rtol=tolerance, atol=tolerance)
    else:
        same = np.array([str(one) == str(two) for one, two in zip(before, after, strict=True)], dtype=bool)
    differs: np.ndarray = (left_gone != right_gone) | ~(same | left_gone)
    return differs


def _numbers(column: pd.Series) -> np.ndarray | None:
    """The column as floats, durations in hours; None when it holds texts, categories or moments."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return None
    if pd.api.types.is_timedelta64_dtype(column.dtype):
        return np.asarray(column.dt.total_seconds(), dtype=float) / 3600.0
    if column.isna().all():
        return np.full(len(column), np.nan)
    if pd.api.types.is_numeric_dtype(column.dtype) and column.dtype.kind != "c":
        return column.to_numpy(dtype=float, na_value=np.nan)
    return None


def _short(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return "missing" if np.isnan(value) else f"{value:.4g}"
    return "missing" if value is None or value is pd.NaT or value is pd.NA else str(value)[:40]
