"""What is known about each check right now, and which to run first. Data in, data out; no file, clock or screen.

A learner meets this as the rule that a verdict on the board is always about the files as they are: the
moment one changes, every verdict is gone until its check has run again.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePosixPath

import msgspec
from msgspec.structs import replace

from pushmark_graders.grading.catalogue import Check
from pushmark_graders.grading.scoring import score_check
from pushmark_graders.grading.session import Outcome
from pushmark_graders.report.model import CheckResult, Report, State


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A check, its result for the files as they are (None: not known yet), and what its last run was like."""

    check: Check
    result: CheckResult | None = None
    last: State | None = None
    modules: frozenset[str] = frozenset()


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """All that is shown. `run` counts the runs that came to an end, `changed` are the files behind the newest one,
    `seconds` is how long it took (None: it is going on), and `trouble` says why there are no verdicts."""

    rows: tuple[Row, ...] = ()
    run: int = 0
    changed: tuple[str, ...] = ()
    seconds: float | None = None
    trouble: str = ""

    @property
    def points(self) -> float:
        return round(sum(row.result.points for row in self.rows if row.result), 2)

    @property
    def max(self) -> float:
        return round(sum(row.check.points for row in self.rows), 2)


def changed(board: Board, names: Iterable[str]) -> Board:
    """Files changed: nothing is known any more. Names add up until a run came to its end."""
    before = board.changed if board.seconds is None else ()
    return replace(
        board,
        rows=tuple(replace(row, result=None) for row in board.rows),
        changed=tuple(sorted({*before, *names})),
        seconds=None,
        trouble="",
    )


def listed(board: Board, checks: Sequence[Check]) -> Board:
    """The lab has these checks; of those that it had before, what their last run was like is kept."""
    before = {row.check.id: row for row in board.rows}
    rows = [
        replace(before[check.id], check=check) if check.id in before else Row(check=check)
        for check in sorted(checks, key=lambda check: check.task)
    ]
    return replace(board, rows=tuple(rows))


def told(board: Board, check: Check, outcome: Outcome) -> Board:
    """A check ran. One that is not on the board ran only because others wait for it."""
    return replace(
        board,
        rows=tuple(
            replace(row, result=score_check(check, outcome), last=outcome.state, modules=outcome.modules)
            if row.check.id == check.id
            else row
            for row in board.rows
        ),
    )


def finished(board: Board, report: Report, seconds: float) -> Board:
    """The run came to its end: the report has the last word."""
    results = {check.id: check for task in report.tasks for check in task.checks}
    rows = [replace(row, result=results[row.check.id]) for row in board.rows if row.check.id in results]
    return replace(board, rows=tuple(rows), run=board.run + 1, seconds=seconds)


def troubled(board: Board, why: str, seconds: float) -> Board:
    """The run gave no verdicts, and `why`."""
    rows = tuple(replace(row, result=None) for row in board.rows)
    return replace(board, rows=rows, run=board.run + 1, seconds=seconds, trouble=why)


def first(board: Board, source: str) -> frozenset[str]:
    """The ids of the checks to begin with: what did not pass, and what asked for a module whose file changed."""
    modules = modules_of(board.changed, source)
    return frozenset(row.check.id for row in board.rows if row.last != "passed" or row.modules & modules)


def modules_of(names: Collection[str], source: str) -> frozenset[str]:
    """The modules that files stand for, as a check names them; a package stands for all that is in it."""
    found = set()
    for name in names:
        path = PurePosixPath(name)
        if path.suffix == ".py" and path.is_relative_to(source):
            parts = path.relative_to(source).with_suffix("").parts
            found.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return frozenset(found)


def first_failure(board: Board) -> CheckResult | None:
    """What to mend first: the first check, in the order of the tasks, that did not pass and waits for none."""
    return next(
        (row.result for row in board.rows if row.result and row.result.state not in ("passed", "blocked")), None
    )


def counts(board: Board) -> tuple[int, int, int]:
    """How many checks passed, how many are known, and how many there are."""
    known = [row.result for row in board.rows if row.result]
    return sum(result.state == "passed" for result in known), len(known), len(board.rows)
