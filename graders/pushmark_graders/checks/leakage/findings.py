"""What the probes found: columns that leak, as sentences for the learner and as data for the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from pushmark_graders.checks.expect import Unmet
from pushmark_graders.report.model import LeakFinding
from pushmark_graders.report.text import one_line

MOST_TOLD = 20
"""Leaking columns that a report holds: a table of features may have thousands."""
_NAME = 100


class Told(Protocol):
    """Something found that a learner can be told in a sentence."""

    def sentence(self) -> str: ...


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
        column, example = one_line(self.column, _NAME), one_line(str(self.example), 40)
        return (
            f"`{column}` moved for {self.moved:,} of {self.rows:,} rows; row {example}{when}: "
            f"{_short(self.whole)} {self.told[0]}, {_short(self.cut)} {self.told[1]}."
        )

    def finding(self) -> LeakFinding:
        """The same for the report, where the column's name is one line of at most 100 characters."""
        moment = f"{self.moment:%Y-%m-%dT%H:%M:%SZ}" if self.moment is not None else ""
        return LeakFinding(column=one_line(self.column, _NAME), moved=self.moved, rows=self.rows, moment=moment)


def expect_none(found: Sequence[Told], sentence: str = "Features know what they should not:", *, most: int = 3) -> None:
    """Hold when nothing was found; else show `sentence` and the first `most` findings.

    Leaks of a public check are in the report as data too, the first 20.
    """
    if found:
        leaks = [one.finding() for one in found[:MOST_TOLD] if isinstance(one, Leak)]
        raise Unmet(f"{sentence}\n{describe(found, most=most)}", leaks=leaks)


def describe(found: Sequence[Told], *, most: int = 3) -> str:
    """The first findings as sentences, one a line, and how many more there are."""
    lines = [one.sentence() for one in found[:most]]
    return "\n".join([*lines, f"... and {len(found) - most:,} more." if len(found) > most else ""]).rstrip()


def _short(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return "missing" if np.isnan(value) else f"{value:.4g}"
    return "missing" if value is None or value is pd.NaT or value is pd.NA else one_line(str(value), 40)
