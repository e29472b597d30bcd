"""Grades what a lab ships, as a cohort, and keeps each proof that held until something of it changes."""

import contextlib
import tempfile
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pushmark_graders.cohort.keys import Cohort
from pushmark_graders.cohort.regrade import Outcome, regrade
from pushmark_graders.cohort.reports import Record, Reports
from pushmark_graders.cohort.sources import Submission
from pushmark_graders.lab.lint import repeats
from pushmark_graders.lab.lint.judging import judge_both_halves
from pushmark_graders.lab.lint.verdict import Verdict, folder
from pushmark_graders.lab.variants import Variant, materialise
from pushmark_graders.report import schema
from pushmark_graders.report.model import Report


class Proved(NamedTuple):
    """The verdict on a submission, and where it was graded what only staff read."""

    verdict: Verdict
    record: Record | None


def prove(
    cohort: Cohort, chosen: Sequence[Variant], times: Mapping[str, int], *, jobs: int, again: bool
) -> Generator[Proved, None, None]:
    """The verdict on each submission, in their order. `times` says of names how often their verdicts must agree."""
    named = {_label(variant): variant for variant in chosen}
    repeated = {label: times[variant.name] for label, variant in named.items() if variant.name in times}

    def holds(label: str, report: Report, record: Record) -> bool:
        enough = len(record.repeats) >= repeated.get(label, 0)
        return enough and not repeats.differing(record.repeats) and not _problems(named[label], report, record)

    ready: dict[str, Proved] = {}
    waiting = deque(named)
    with tempfile.TemporaryDirectory(prefix="pushmark-lint-") as scratch:
        submissions = [
            Submission(label, materialise(variant.layers, cohort.base.template, Path(scratch, label)))
            for label, variant in named.items()
        ]
        reports = Reports(folder(cohort.spec), counts=holds)
        with contextlib.closing(_graded(cohort, submissions, reports, repeated, jobs, again)) as outcomes:
            for outcome in outcomes:
                ready[outcome.label] = Proved(_verdict(named[outcome.label], outcome), outcome.record)
                while waiting and waiting[0] in ready:
                    yield ready[waiting.popleft()]


def _graded(
    cohort: Cohort,
    submissions: Sequence[Submission],
    reports: Reports,
    repeated: Mapping[str, int],
    jobs: int,
    again: bool,
) -> Generator[Outcome, None, None]:
    """What became of each. One that other work on the machine left open is graded once more, with none beside it."""
    left_open = []
    first = regrade(cohort, submissions, reports, graders=jobs, again=again, repeats=repeated)
    with contextlib.closing(first):
        for outcome in first:
            if outcome.report is not None and outcome.status == "ungraded":
                left_open.append(outcome.label)
            else:
                yield outcome
    alone = [one for one in submissions if one.label in left_open]
    with contextlib.closing(regrade(cohort, alone, reports, graders=1, again=True, repeats=repeated)) as second:
        yield from second


def _label(variant: Variant) -> str:
    return variant.name.replace("/", "-")


def _problems(variant: Variant, report: Report, record: Record) -> list[str]:
    return judge_both_halves(variant, report, record.final)


def _verdict(variant: Variant, outcome: Outcome) -> Verdict:
    if outcome.report is None or outcome.record is None:
        return Verdict(name=variant.name, problems=[f"it could not be graded: {outcome.message}"])
    report = schema.load(outcome.report)
    return Verdict(
        name=variant.name,
        problems=_problems(variant, report, outcome.record),
        points=report.score.points,
        max=report.score.max,
        seconds=outcome.seconds or 0.0,
        kept=outcome.cached,
    )
