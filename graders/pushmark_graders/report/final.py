"""What only staff read: the measurements on the final half of the hidden rows, and the exact numbers.

A learner never sees this file. The report tells the feedback half in steps; here are both halves,
unrounded, and what the final half would have earned.
"""

from pathlib import Path
from typing import Literal

import msgspec

from pushmark_graders.errors import PushmarkError
from pushmark_graders.report.model import LabRef, MetricResult, SubmissionRef

SCHEMA: Literal["pushmark/final/v1"] = "pushmark/final/v1"


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """The exact numbers of a named part of the rows; null where the measure does not exist on it."""

    name: str
    rows: int
    measured: float | None
    skill: float | None


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """Exact numbers over some hidden rows. `skill` is `measured - reference`, or `measured` without one;
    `low` and `high` are the 95 % bootstrap interval of `measured`, and `noise` is the standard deviation of
    `skill` over the same draws. `slices` begins with the worst skill. A number that is not finite is null.

    With repeats, `repeats` has the skill of each, all else is of the median one, and `noise` has their spread in it.
    """

    rows: int
    measured: float | None
    skill: float | None
    low: float | None = None
    high: float | None = None
    reference: float | None = None
    noise: float | None = None
    slices: list[Slice] = []
    repeats: list[float | None] = []


class FinalMetric(msgspec.Struct, frozen=True, kw_only=True):
    """One metric on both halves. `final` is scored by the report's own rules; the halves are exact,
    and null when nothing was measured."""

    name: str
    final: MetricResult
    feedback_half: Measurement | None = None
    final_half: Measurement | None = None


class Final(msgspec.Struct, frozen=True, kw_only=True):
    schema: Literal["pushmark/final/v1"] = SCHEMA
    lab: LabRef
    submission: SubmissionRef = SubmissionRef()
    attempt: int = 1
    metrics: list[FinalMetric] = []


def dump(final: Final) -> bytes:
    return msgspec.json.format(msgspec.json.encode(final), indent=2)


def load(path: Path) -> Final:
    """Read a file of `pushmark grade --final`. Raises PushmarkError with the file and what was expected."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Final)
    except OSError as error:
        raise PushmarkError(f"{path}: cannot be read: {error.strerror}", "give the path of a final file") from error
    except msgspec.DecodeError as error:
        raise PushmarkError(f"{path}: {error}", "grade again with `pushmark grade ... --final FILE`") from error
