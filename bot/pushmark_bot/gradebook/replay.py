"""Grades stored attempts anew under the lab as it is now. Nothing that a learner sees changes here."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
from pushmark_graders.cohort.keys import Cohort
from pushmark_graders.cohort.regrade import Outcome, regrade
from pushmark_graders.cohort.reports import Reports
from pushmark_graders.report import schema
from pushmark_graders.report.final import Final
from pushmark_graders.report.model import Report

from pushmark_bot.gradebook.stored import Commits, Replayed, StoredAttempt


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an attempt: the file of a new report, and its half for staff; or why there is none."""

    attempt: StoredAttempt
    path: Path | None = None
    final: Final | None = None
    message: str = ""
    cached: bool = False

    @property
    def report(self) -> Report | None:
        """The new report, read when it is asked for: a course has many."""
        return schema.load(self.path) if self.path is not None else None


def replay(
    cohort: Cohort,
    attempts: Sequence[StoredAttempt],
    commits: Commits,
    folder: Path,
    *,
    graders: int,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Replay]:
    """Yield what became of each attempt as it comes; what is finished in `folder` from before is not done again.

    Raises LabError for a faulty lab, and PushmarkError when the folder cannot be used. Cut short, it goes on there the
    next time.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    reports = Reports(folder, counts=lambda _label, report, _record: report.status == "graded")
    by_label = {one.label: one for one in attempts}
    submissions = [Replayed(one, commits) for one in attempts]
    tell("looking for what is finished, and fetching the rest")
    with contextlib.closing(regrade(cohort, submissions, reports, graders=graders)) as run:
        for outcome in run:
            yield _told(by_label[outcome.label], outcome)


def _told(attempt: StoredAttempt, outcome: Outcome) -> Replay:
    if outcome.status != "graded" or outcome.report is None:
        return Replay(attempt=attempt, message=outcome.message)
    final = outcome.record.final if outcome.record is not None else None
    return Replay(attempt=attempt, path=outcome.report, final=final, cached=outcome.cached)
