"""Compares the features of the same rows from two worlds, column by column."""

from typing import Any

import numpy as np
import pandas as pd

from pushmark_graders.checks.expect import Unmet
from pushmark_graders.checks.leakage.findings import Leak

TOLERANCE = 1e-4
"""Absolute and relative. Running sums over different tables differ by rounding, about 1e-6 even in float32
at these sizes; the smallest leak seen moves a feature by 1e-3."""


class Changes:
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
