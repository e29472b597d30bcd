"""Grades a cohort: what is finished is taken from its report, the rest is graded, and each report is kept at once.

An instructor meets this as `pushmark regrade`, a server as one call that yields what became of each submission.
"""

import contextlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import msgspec

from pushmark_graders.cohort.farm import Farm
from pushmark_graders.cohort.keys import Cohort, Keys
from pushmark_graders.cohort.protocol import Answer, Setup, Task
from pushmark_graders.cohort.reports import Found, Record, Reports
from pushmark_graders.cohort.sources import Entry
from pushmark_graders.errors import LabError, PushmarkError
from pushmark_graders.lab.spec import LabSpec
from pushmark_graders.load import cores
from pushmark_graders.report import schema
from pushmark_graders.report.final import Final

_MINUTES = 15


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one submission. `report` is a file; without one, `message` says why.

    `seconds` is exact, which a report is not, and `record` is there where the reports keep it: for staff alone.
    """

    label: str
    status: Literal["graded", "ungraded"]
    report: Path | None = None
    points: float | None = None
    max: float | None = None
    seconds: float | None = None
    cached: bool = False
    message: str = ""
    record: Record | None = None


def regrade(
    cohort: Cohort,
    submissions: Sequence[Entry],
    reports: Reports,
    *,
    graders: int = 0,
    again: bool = False,
    seconds: float = 0.0,
    repeats: Mapping[str, int] = MappingProxyType({}),
) -> Generator[Outcome, None, None]:
    """Yield an outcome for each submission as it comes: first what is finished, then what is graded now.

    At most `graders` processes work at a time (0: one per core). `again` takes nothing from a finished report.
    `repeats` says of labels how often they are judged, as in `grading.job.Job`.
    No grading takes longer than `seconds` (0: what the lab's own limits allow). Raises LabError for a faulty
    lab and PushmarkError when `reports` cannot be used; finished reports stay. Closing the iterator ends all
    processes; so does the end of the thread that runs it.
    """
    run = _Run(cohort, reports, repeats)
    with reports.locked():
        pending = []
        for submission in submissions:
            outcome = run.finished(submission, again=again)
            if outcome is None:
                pending.append(submission)
            else:
                yield outcome
        if pending:
            most = min(graders or cores(), len(pending))
            late = seconds or longest(cohort.spec) * (1 + max(repeats.values(), default=0))
            libraries = cohort.spec.submission.preload
            with Farm(setup_of(cohort), most, late, libraries) as farm, contextlib.closing(run):
                for task, answer in farm.run(run.tasks(pending)):
                    yield run.settle(task, answer)
                yield from run.lost


def longest(spec: LabSpec) -> float:
    """Seconds after which a grading is given up: far more than the limits of a lab's parts add up to."""
    return _MINUTES * 60.0 + 2 * (spec.training.seconds if spec.training else 0.0)


class _Run:
    """The submissions that are open now, and those that could not be opened."""

    def __init__(self, cohort: Cohort, reports: Reports, repeats: Mapping[str, int]) -> None:
        self._repeats = repeats
        self._keys = Keys(cohort)
        self._reports = reports
        self._open: dict[str, tuple[Entry, Path, str, contextlib.ExitStack]] = {}
        self.lost: list[Outcome] = []

    def finished(self, submission: Entry, *, again: bool) -> Outcome | None:
        """What is known without grading: from a finished report, or that the submission cannot be read."""
        try:
            with submission.opened(self._reports.scratch) as folder:
                key = self._keys.of(folder, submission.reference)
        except PushmarkError as error:
            return _lost(submission.label, error)
        found = None if again else self._reports.find(submission.label, key)
        path = self._reports.path(submission.label)
        return _told(submission.label, found, path, cached=True) if found else None

    def tasks(self, pending: Sequence[Entry]) -> Iterator[Task]:
        """A task for each, its folder made when it is asked for."""
        for submission in pending:
            stack = contextlib.ExitStack()
            try:
                folder = stack.enter_context(submission.opened(self._reports.scratch))
                key = self._keys.of(folder, submission.reference)
            except PushmarkError as error:
                stack.close()
                self.lost.append(_lost(submission.label, error))
                continue
            self._open[submission.label] = submission, folder, key, stack
            yield Task(
                label=submission.label,
                folder=str(folder),
                reference=submission.reference,
                repeats=self._repeats.get(submission.label, 0),
            )

    def settle(self, task: Task, answer: Answer) -> Outcome:
        """Keep the report, if there is one. Raises LabError when the lab is at fault."""
        submission, folder, key, stack = self._open.pop(task.label)
        with stack:
            if answer.is_lab:
                raise LabError(answer.what.splitlines(), answer.next_step)
            if not answer.report:
                return _lost(task.label, PushmarkError(answer.what, answer.next_step))
            record = _record(answer) if self._reports.keeps_record else None
            made = Found(schema.parse(answer.report), answer.seconds, record)
            key = self._still(submission, folder, key)
            path = self._reports.put(task.label, key, made.report, made.seconds, record)
        return _told(task.label, made, path)

    def _still(self, submission: Entry, folder: Path, key: str) -> str:
        """The key, if the submission did not change while it was graded; else none."""
        try:
            return key if self._keys.of(folder, submission.reference) == key else ""
        except PushmarkError:
            return ""

    def close(self) -> None:
        for _, _, _, stack in self._open.values():
            stack.close()


def setup_of(cohort: Cohort) -> Setup:
    """What a farm tells its graders."""
    return Setup(
        lab=str(cohort.spec.root),
        base=str(cohort.base.template.absolute()),
        data=str(cohort.base.data.absolute()),
        policy=cohort.policy,
        seed=cohort.seed,
        warm=cohort.warm,
    )


def _told(label: str, found: Found, path: Path, *, cached: bool = False) -> Outcome:
    report = found.report
    graded = report.status == "graded"
    return Outcome(
        label=label,
        status=report.status,
        report=path,
        points=report.score.points if graded else None,
        max=report.score.max if graded else None,
        seconds=found.seconds,
        cached=cached,
        message="" if graded else report.message,
        record=found.record,
    )


def _record(answer: Answer) -> Record:
    final = msgspec.json.decode(answer.final, type=Final)
    return Record(final=final, effort=answer.effort, repeats=answer.repeats)


def _lost(label: str, error: PushmarkError) -> Outcome:
    return Outcome(label=label, status="ungraded", message=str(error))
