"""Runs the checks now and after each change, with workers that are warm from the first save on.

Whatever is wrong with the learner's code or the lab's files is said, and watching goes on.
"""

import contextlib
import gc
import signal
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from pushmark_graders.errors import PushmarkError
from pushmark_graders.grading.catalogue import Check
from pushmark_graders.grading.grade import grade
from pushmark_graders.grading.job import Job
from pushmark_graders.grading.session import Outcome
from pushmark_graders.submission.halt import Halt
from pushmark_graders.watching import plan
from pushmark_graders.watching.files import Changes
from pushmark_graders.watching.plan import Board
from pushmark_graders.watching.show import Show
from pushmark_graders.worker.pool import Pool

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def watch(path: Path, make: Callable[[], Job], show: Show, on_fault: Callable[[Exception], PushmarkError]) -> None:
    """Grade what `make` gives, now and whenever a file below `path` changes, until SIGINT, SIGTERM or SIGHUP.

    `make` may raise PushmarkError: it is shown. `on_fault` words what nobody foresaw.
    """
    with Changes(path) as changes, ended_by_signals(changes), _Watcher(make, show, on_fault, changes) as watcher:
        names: frozenset[str] = frozenset()
        while not changes.ended:
            given_up = watcher.run(names)
            names = changes.take(wait=not given_up)


@contextlib.contextmanager
def ended_by_signals(changes: Changes) -> Iterator[None]:
    """The first signal ends the run in good order; the second one interrupts whatever does not end."""

    def end(_number: int, _frame: types.FrameType | None) -> None:
        if changes.ended:
            raise KeyboardInterrupt
        changes.end()

    before = {number: signal.signal(number, end) for number in _ENDS if signal.getsignal(number) != signal.SIG_IGN}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Watcher:
    """One board, and one fork server for as long as it lives and the lab wants the same libraries."""

    def __init__(
        self, make: Callable[[], Job], show: Show, on_fault: Callable[[Exception], PushmarkError], changes: Changes
    ) -> None:
        self._make = make
        self._show = show
        self._on_fault = on_fault
        self._changes = changes
        self._board = Board()
        self._preload: list[str] = []
        self._pool: Pool | None = None

    def __enter__(self) -> "_Watcher":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.close()

    def run(self, names: frozenset[str]) -> bool:
        """One run, shown as it goes. Returns whether it was given up: then the board is without verdicts."""
        started, halt = time.monotonic(), self._changes.begin()
        self._put(plan.changed(self._board, names))
        try:
            report = grade(self._job(halt)).report
            board = plan.finished(self._board, report, round(time.monotonic() - started, 3))
        except KeyboardInterrupt:
            if not halt.asked:
                raise
        except Exception as error:
            known = error if isinstance(error, PushmarkError) else self._on_fault(error)
            board = plan.troubled(self._board, str(known), round(time.monotonic() - started, 3))
        given_up = halt.asked
        if not given_up:  # else the files changed meanwhile, and a run for what they are now is next
            self._put(board)
            self._show.finished(board)
            if board.run == 1:
                gc.freeze()  # pytest collects garbage at its end, and would look at all that is imported each time
        return given_up

    def _job(self, halt: Halt) -> Job:
        job = self._make()
        self._changes.lab = job.spec.submission
        first = plan.first(self._board, job.spec.submission.source)
        return replace(
            job,
            pool=self._warm(job.spec.submission.preload),
            halt=halt,
            first=lambda check: check.id in first,
            on_list=self._listed,
            on_check=lambda check, outcome: self._told(check, outcome, halt),
        )

    def _warm(self, preload: list[str]) -> Pool:
        if self._pool is None or self._pool.was_lost or self._preload != preload:
            if self._pool is not None:
                self._pool.close()
            self._pool, self._preload = Pool(preload, offered=True), preload
        return self._pool

    def _listed(self, checks: list[Check]) -> None:
        self._put(plan.listed(self._board, checks))

    def _told(self, check: Check, outcome: Outcome, halt: Halt) -> None:
        if not halt.asked:
            self._put(plan.told(self._board, check, outcome))

    def _put(self, board: Board) -> None:
        self._board = board
        self._show.update(board)
