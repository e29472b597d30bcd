"""Grades a commit: the port for whatever does so, and this machine behind it.

Here, grader processes are kept warm between gradings. The bot's own process runs no lab code and no learner code: a
grader process does the one, its sandboxed workers the other.
"""

import tempfile
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol

import msgspec
from pushmark_graders.cohort.farm import Farm
from pushmark_graders.cohort.keys import Cohort
from pushmark_graders.cohort.protocol import Task
from pushmark_graders.cohort.regrade import longest, setup_of
from pushmark_graders.errors import CouldNotGrade, LabError
from pushmark_graders.lab.build import rendered
from pushmark_graders.lab.spec import LabSpec
from pushmark_graders.report import schema
from pushmark_graders.report.final import Final
from pushmark_graders.report.model import Report, SubmissionRef
from pushmark_graders.worker.policy import Policy

from pushmark_bot.service.archive import unpack

LABS_KEPT = 3
"""So many labs have a grader waiting; the one not asked for longest goes first."""


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """A grading that another machine was asked for, or was about to be: `nonce` finds it again after a restart.

    `archive` and `digest` name the commit's files there; `run` is 0 until it is known.
    """

    nonce: str
    asked: datetime
    archive: str
    digest: str
    run: int = 0


class Notebook(Protocol):
    """Keeps the errand of one attempt for as long as the attempt is open."""

    def recall(self) -> Errand | None: ...

    def keep(self, errand: Errand) -> None: ...


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to grade: a lab of a course, the course's secret seed, and how to get the commit's archive.

    `notebook` is for an executor that has it graded elsewhere.
    """

    course: str
    lab: LabSpec
    seed: str
    reference: SubmissionRef
    fetch: Callable[[IO[bytes]], None]
    notebook: Notebook


class Graded(msgspec.Struct, frozen=True, kw_only=True):
    """The report, and what staff alone read."""

    report: Report
    final: Final


class Later(msgspec.Struct, frozen=True, kw_only=True):
    """The grading is under way: ask again at `at` with the same notebook. `note` says how far it is."""

    at: datetime
    note: str


class Executor(Protocol):
    """Something that grades a commit. Raises PushmarkError when there is nothing to report, now or later."""

    def grade(self, order: Order) -> Graded | Later: ...

    def close(self) -> None: ...


class Host:
    """Grades here. One thread uses it at a time."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._farms: OrderedDict[tuple[Path, str], tuple[Farm, str]] = OrderedDict()

    def grade(self, order: Order) -> Graded:
        """Fetch the commit, take its files out, and grade them."""
        with tempfile.TemporaryDirectory(prefix="pushmark-commit-") as folder:
            with tempfile.TemporaryFile() as archive:
                order.fetch(archive)
                target = Path(folder, "commit")
                target.mkdir()
                unpack(archive, target)
            task = Task(label=order.reference.commit, folder=str(target), reference=order.reference)
            [(_, answer)] = self._farm(order).run(iter([task]))
        if not answer.report:
            if answer.is_lab:
                raise LabError(answer.what.splitlines(), answer.next_step)
            raise CouldNotGrade(answer.what, answer.next_step)
        return Graded(report=schema.parse(answer.report), final=msgspec.json.decode(answer.final, type=Final))

    def close(self) -> None:
        """End all graders."""
        while self._farms:
            self._drop()

    def _farm(self, order: Order) -> Farm:
        """Graders for this lab as it is now: an edited one gets new ones."""
        base = rendered(order.lab)
        key, content = (order.lab.root, order.seed), str(base.template)
        farm, made_of = self._farms.pop(key, (None, ""))
        if farm is not None and made_of != content:
            farm.close()
            farm = None
        if farm is None:
            cohort = Cohort(spec=order.lab, base=base, policy=self._policy, seed=order.seed)
            farm = Farm(setup_of(cohort), 1, longest(order.lab), order.lab.submission.preload)
        self._farms[key] = farm, content
        while len(self._farms) > LABS_KEPT:
            self._drop()
        return farm

    def _drop(self) -> None:
        _, (farm, _) = self._farms.popitem(last=False)
        farm.close()
