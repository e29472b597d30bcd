"""Probes that tell whether feature code looks into the future, whatever the code looks like.

The code is replayed on tables cut down to what was known, and honest features do not move. Three rules keep honest
code from being accused; each comes from a false accusation that an earlier version made. Rows may be blanked together
only when none can be in another's legitimate history. A row may be compared only at exactly its own moment, because
rows asked later rightly know more. And code that depends on the order of rows with equal times must be told so first
(`order_probe`): cut tables sort differently.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pushmark_graders.checks.leakage.comparing import TOLERANCE, Changes
from pushmark_graders.checks.leakage.findings import Leak
from pushmark_graders.checks.leakage.worlds import Asked, Known, Rows, Tables, blank, clocks
from pushmark_graders.checks.leakage.worlds import hide as hide_late

Build = Callable[[Tables], Any]


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
    when, table = asked.moments(tables), tables[asked.table]
    when_known = clocks(tables, known)  # before the submission is asked: a fault of the declarations is the author's
    whole = build(tables)
    changes = Changes(tolerance)
    for moment in at:
        rows = table[when == moment]
        chosen = {name: None if choose is None else choose(tables[name], rows) for name, choose in places.items()}
        cut = build(hide_late(tables, when_known, moment - asked.lead, chosen))
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
    when = asked.moments(tables)
    rules = [at for rule, at in clocks(tables, known) if rule.table == asked.table and at is not None]
    never = pd.Series(pd.NaT, index=when.index, dtype=when.dtype)
    first_known = pd.concat(rules, axis=1).min(axis=1) if rules else never
    whole = build(tables)
    changes = Changes(tolerance, ("with its outcome", "with its outcome blank"))
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
    changes = Changes(tolerance, ("in one order", "in another"))
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
    changes = Changes(tolerance, ("before", "after the other rows were spoilt"))
    changes.compare(clean, spoilt, str(features.index.name or "row"), keys, None)
    return changes.leaks()


def moved_share(whole: Any, cut: Any, key: str, keys: pd.Series, *, tolerance: float = TOLERANCE) -> float:
    """The share of rows with at least one feature that moved; for checks that a feature *does* react."""
    changes = Changes(tolerance)
    changes.compare(whole, cut, key, keys, None)
    return changes.any_moved / changes.rows
