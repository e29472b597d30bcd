"""Tells whether a pipeline knew what it should not, whatever its code looks like.

The learner reads which column moved, for what share of rows, and at which moment. Nothing is read from their source:
the code is *replayed* on tables cut down to what was known (`probes`). A lab's author declares when each raw column
becomes known and which rows are asked about (`worlds`); `build` is any function from raw tables to one row of features
per key, such as the proxy `submission.module("gatecast.features").build`. Splits are compared part by part (`splits`).
"""

from pushmark_graders.checks.leakage.comparing import TOLERANCE
from pushmark_graders.checks.leakage.findings import Leak, describe, expect_none
from pushmark_graders.checks.leakage.probes import (
    Build,
    as_of_probe,
    blank_probe,
    fit_poison,
    moved_share,
    order_probe,
)
from pushmark_graders.checks.leakage.scan import Suspect, scan_columns
from pushmark_graders.checks.leakage.splits import Overlap, split_overlap
from pushmark_graders.checks.leakage.worlds import Asked, Known, Tables, blank, moments, world_at

__all__ = [
    "TOLERANCE",
    "Asked",
    "Build",
    "Known",
    "Leak",
    "Overlap",
    "Suspect",
    "Tables",
    "as_of_probe",
    "blank",
    "blank_probe",
    "describe",
    "expect_none",
    "fit_poison",
    "moments",
    "moved_share",
    "order_probe",
    "scan_columns",
    "split_overlap",
    "world_at",
]
