"""What both parts of a split hold: the same rows, near copies of them, the same groups, or the same time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pushmark_graders.checks.expect import Unmet
from pushmark_graders.report.text import one_line

_PARTS = ("training", "validation")


@dataclass(frozen=True)
class Overlap:
    """Something that is in both parts of a split.

    `rows` of the `of` rows of the judging part share `what` with the teaching part; for time, `rows` of the `of` rows
    of the teaching part do not come before the judging part begins. `example` is the first, as text.
    """

    what: str
    rows: int
    of: int
    example: str
    parts: tuple[str, str] = _PARTS
    in_time: bool = False

    def sentence(self) -> str:
        """What is in both parts, how often, and one example."""
        teaching, judging = self.parts
        if self.in_time:
            return (
                f"{self.rows:,} of {self.of:,} {teaching} rows do not come before all {judging} rows in `{self.what}`: "
                f"{self.example}."
            )
        share = f"{self.rows:,} of {self.of:,} {judging} rows"
        return f"{share} are in {teaching} too, by {self.what}: {self.example} for one."


def split_overlap(
    teaching: pd.DataFrame,
    judging: pd.DataFrame,
    *,
    key: str | Sequence[str] = (),
    near: Mapping[str, float] | None = None,
    groups: Sequence[str] = (),
    time: str = "",
    parts: tuple[str, str] = _PARTS,
) -> list[Overlap]:
    """What both parts of a split hold, of what is asked for.

    `key` names the column or columns that identify a row. `near` gives, for each column that makes rows alike, how far
    apart its numbers may be; 0 is for texts and exact values, and missing is like missing. Each of `groups` is a column
    whose values must be in one part only, such as a customer. `time` is a column that must be over in the teaching part
    before the judging part begins; a moment in both is an overlap. Raises Unmet for a part that has no row or lacks a
    column.
    """
    keys = [key] if isinstance(key, str) and key else list(key)
    wanted = dict.fromkeys([*keys, *(near or {}), *groups, *([time] if time else [])])
    _expect_parts(teaching, judging, list(wanted), parts)
    found = [_by_values(teaching, judging, keys, " and ".join(f"`{name}`" for name in keys), parts)] if keys else []
    if near:
        found.append(_near(teaching, judging, near, parts))
    found += [_by_values(teaching, judging, [name], f"`{name}`", parts) for name in groups]
    if time:
        found.append(_in_time(teaching, judging, time, parts))
    return [one for one in found if one.rows]


def _expect_parts(teaching: pd.DataFrame, judging: pd.DataFrame, columns: list[str], parts: tuple[str, str]) -> None:
    for part, name in zip((teaching, judging), parts, strict=True):
        if not isinstance(part, pd.DataFrame) or part.empty:
            raise Unmet(f"The {name} part has no rows; expected a table with some.")
        if missing := [column for column in columns if column not in part.columns]:
            raise Unmet(f"The {name} part has no column {', '.join(missing)}.")


def _by_values(
    teaching: pd.DataFrame, judging: pd.DataFrame, columns: list[str], what: str, parts: tuple[str, str]
) -> Overlap:
    codes, split = _codes(teaching, judging, columns), len(teaching)
    shared = np.isin(codes[split:], codes[:split])
    return _overlap(judging, columns, shared, what, parts)


def _near(teaching: pd.DataFrame, judging: pd.DataFrame, near: Mapping[str, float], parts: tuple[str, str]) -> Overlap:
    """Judging rows with a teaching row that is within every column's distance: a k-d tree in the maximum norm, where
    a distance of 1 is the one allowed, and rows that differ in an exact column are 4 apart."""
    from sklearn.neighbors import KDTree  # noqa: PLC0415  (a lab that asks for no near copies need not pay for it)

    both = pd.concat([teaching[list(near)], judging[list(near)]], ignore_index=True)
    loose = [name for name, distance in near.items() if distance > 0]
    exact = both[[name for name in near if name not in loose]].copy()
    points = []
    for name in loose:
        numbers = pd.to_numeric(both[name], errors="coerce").astype(float)
        exact[f"{name} is missing"] = numbers.isna()
        points.append(numbers.fillna(0.0).to_numpy() / near[name])
    codes = _codes(exact.iloc[: len(teaching)], exact.iloc[len(teaching) :], list(exact.columns))
    table = np.column_stack([*points, codes * 4.0])
    tree = KDTree(table[: len(teaching)], metric="chebyshev")
    distance, _ = tree.query(table[len(teaching) :], k=1)
    shared = distance[:, 0] <= 1 + 1e-9
    return _overlap(judging, list(near), shared, f"near copies in {', '.join(f'`{name}`' for name in near)}", parts)


def _in_time(teaching: pd.DataFrame, judging: pd.DataFrame, time: str, parts: tuple[str, str]) -> Overlap:
    begins = judging[time].min()
    late = ~(teaching[time] < begins).to_numpy(dtype=bool)
    told = f"the last is of {_shown(teaching[time].max())}, and {parts[1]} begins at {_shown(begins)}"
    return Overlap(time, int(late.sum()), len(teaching), told, parts, in_time=True)


def _overlap(
    judging: pd.DataFrame, columns: list[str], shared: np.ndarray, what: str, parts: tuple[str, str]
) -> Overlap:
    rows = int(shared.sum())
    first = judging[columns].iloc[int(np.argmax(shared))].tolist() if rows else []
    return Overlap(what, rows, len(judging), ", ".join(map(_shown, first)), parts)


def _codes(teaching: pd.DataFrame, judging: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """A whole number per row of both parts, teaching first; equal where all columns are equal or both are missing."""
    codes = np.zeros(len(teaching) + len(judging), dtype=np.int64)
    for name in columns:
        values = pd.concat([teaching[name], judging[name]], ignore_index=True)
        each, _ = pd.factorize(values, use_na_sentinel=True)
        codes, _ = pd.factorize(codes * (int(each.max(initial=0)) + 2) + each + 1)
    return np.asarray(codes, dtype=np.int64)


def _shown(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}"
    return one_line(str(value), 40)
