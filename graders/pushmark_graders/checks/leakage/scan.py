"""Single columns that tell too much of the label: a hint to look, never a verdict.

No threshold parts the two kinds. Of the flights of GateCast the best legitimate column orders the labels with an AUC
of 0.65; a leaking mean over the hour of departure does with 0.75, and one over the weather of that hour with less than
the honest one. So what is found here goes into a message, and the probes decide.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pushmark_graders.report.text import one_line


@dataclass(frozen=True)
class Suspect:
    """A column that tells much of the label by itself: `strength` is an AUC, or the size of a rank correlation where
    the label is a number of many values (`measure` says which)."""

    column: str
    strength: float
    measure: str

    def sentence(self) -> str:
        """What the column does, and what to ask of it."""
        name = one_line(self.column, 100)
        return f"`{name}` alone has {self.measure} {self.strength:.2f} with the label: is it known in time?"


def scan_columns(features: pd.DataFrame, labels: pd.Series, *, above: float = 0.7) -> list[Suspect]:
    """The columns of `features` whose strength is over `above`, the strongest first. A hint: see the module.

    `labels` has the rows of `features`, in their order. With two values the strength is the AUC of the column's order
    or its reverse, with more the absolute rank correlation (Spearman). Rows where the column is missing are left out,
    and whether it is missing is judged as a column of its own. Texts and categories count as the mean label of their
    value among *other* rows (of two halves each is scored with the other's means), so that a name that occurs once
    tells nothing. Raises ValueError when the two differ in length.
    """
    if len(features) != len(labels):
        raise ValueError(f"expected one label a row, got {len(labels)} for {len(features)} rows")
    target = np.asarray(labels, dtype=float)
    two = len(np.unique(target)) <= 2
    found = []
    for position, name in enumerate(map(str, features.columns)):
        column = features.iloc[:, position]
        numbers = _numbers(column, target)
        there = ~np.isnan(numbers)
        strength = max(_strength(numbers[there], target[there], two), _strength(there.astype(float), target, two))
        if strength > above:
            found.append(Suspect(name, strength, "an AUC of" if two else "a rank correlation of"))
    return sorted(found, key=lambda one: -one.strength)


def _numbers(column: pd.Series, target: np.ndarray) -> np.ndarray:
    """The column as floats (moments as seconds); of texts and categories the mean label in the other half."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype) or pd.api.types.is_timedelta64_dtype(column.dtype):
        return np.where(column.isna(), np.nan, column.astype("int64").astype(float))
    if pd.api.types.is_numeric_dtype(column.dtype) and column.dtype.kind != "c":
        return column.to_numpy(dtype=float, na_value=np.nan)
    texts = column.astype(str).where(column.notna()).reset_index(drop=True)
    even = pd.Series(np.arange(len(texts)) % 2 == 0)
    label = pd.Series(target)
    means = [texts.map(label[half].groupby(texts[half]).mean()).fillna(target.mean()) for half in (even, ~even)]
    other = np.where(even, means[1], means[0]).astype(float)
    return np.where(texts.isna(), np.nan, other)


def _strength(numbers: np.ndarray, target: np.ndarray, two: bool) -> float:
    """AUC in the better direction (Mann and Whitney 1947), or |Spearman|; 0 where either is constant."""
    if len(np.unique(numbers)) < 2 or len(np.unique(target)) < 2:
        return 0.0
    ranks = pd.Series(numbers).rank().to_numpy()
    if not two:
        return abs(float(np.corrcoef(ranks, pd.Series(target).rank())[0, 1]))
    high = target == target.max()
    ones, zeros = int(high.sum()), int((~high).sum())
    area = (ranks[high].sum() - ones * (ones + 1) / 2) / (ones * zeros)
    return float(max(area, 1 - area))
