"""Tells a learner what is known: a table that is kept up to date on a terminal, lines or JSON elsewhere.

A board may hold text that learner code made; it is printed as plain characters.
"""

import contextlib
import threading
from pathlib import PurePosixPath
from typing import IO, Protocol, Self

import click
import msgspec
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pushmark_graders.report.model import CheckResult
from pushmark_graders.report.printing import Page
from pushmark_graders.report.text import one_line, shorten
from pushmark_graders.report.verdict import WORDS
from pushmark_graders.report.words import amount
from pushmark_graders.watching.plan import Board, Row, counts, first_failure

PAINT_SECONDS = 0.1
"""The time between two pictures of a run that goes on: every one costs it some milliseconds."""
_AROUND = 14
"""Lines that a picture needs besides its rows."""
_NAMED = 3


class Show(Protocol):
    """What a watcher tells: each change of the board, and each run that came to its end."""

    def update(self, board: Board) -> None: ...
    def finished(self, board: Board) -> None: ...


class Json:
    """One line of JSON for each run that came to its end."""

    def update(self, board: Board) -> None:
        """Say nothing."""

    def finished(self, board: Board) -> None:
        checks = [
            {"id": row.result.id, "state": row.result.state, "points": row.result.points, "max": row.result.max}
            for row in board.rows
            if row.result
        ]
        told = {
            "run": board.run,
            "changed": board.changed,
            "points": board.points,
            "max": board.max,
            "seconds": board.seconds,
            "checks": checks,
        }
        click.echo(msgspec.json.encode(told | ({"error": board.trouble} if board.trouble else {})))


class Lines:
    """A few plain lines for each run that came to its end."""

    def update(self, board: Board) -> None:
        """Say nothing."""

    def finished(self, board: Board) -> None:
        said = [headline(board)]
        if board.trouble:
            said += [f"  {line}" for line in shorten(board.trouble, limit=2_000, lines=20).splitlines()]
        else:
            said += [f"  {state_of(row)}: {one_line(row.check.id, 80)}, {points_of(row)}" for row in board.rows]
        if failure := first_failure(board):
            said += [f"  {line}" for line in failure_lines(failure)]
        click.echo("\n".join(said) + "\n", color=False)


class Screen:
    """A table that is painted again, by a thread of its own, when the board changed; never while it did not."""

    def __init__(self, file: IO[str]) -> None:
        self._page = Page(Console(file=file))
        self._live = Live(console=self._page.console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._board = Board()
        self._changed = threading.Event()
        self._at_once = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._paint, name="pushmark-paint", daemon=True)

    def __enter__(self) -> Self:
        self._live.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._changed.set()
        self._at_once.set()
        self._thread.join()
        with contextlib.suppress(OSError):  # the terminal is gone
            self._live.stop()

    def update(self, board: Board) -> None:
        self._board = board
        self._changed.set()

    def finished(self, board: Board) -> None:
        self.update(board)
        self._at_once.set()

    def _paint(self) -> None:
        with contextlib.suppress(OSError):
            while not self._ended.is_set():
                self._changed.wait()
                self._changed.clear()
                self._live.update(picture(self._board, self._page), refresh=True)
                self._at_once.wait(PAINT_SECONDS)
                self._at_once.clear()


def picture(board: Board, page: Page) -> RenderableType:
    """The whole board, with as many rows as the terminal is high; checks that passed are left out first."""
    parts: list[RenderableType] = [page.text(headline(board), "bold")]
    if board.trouble:
        parts += [Text(), page.text(shorten(board.trouble, limit=2_000, lines=20), "red")]
    rows, left_out = fitting(board, page.console.height - _AROUND)
    if rows:
        parts.append(_table(rows, page))
    if left_out:
        parts.append(page.text(f"{left_out} more, which passed or are not known yet", "dim"))
    if failure := first_failure(board):
        parts.append(page.mark(failure.state, one_line(failure.title)))
        parts += [page.text(f"    {line}") for line in failure_lines(failure)[1:]]
    parts.append(page.text("Ctrl-C ends this.", "dim"))
    return Group(*parts)


def _table(rows: list[Row], page: Page) -> Table:
    table = page.table("Task", "State", "Points")
    table.add_column(page.text("Check"), justify="left")
    for row in rows:
        state = page.mark(row.result.state, state_of(row)) if row.result else page.text(state_of(row), "dim")
        title = page.text(one_line(row.check.title, 120))
        table.add_row(page.text(str(row.check.task)), state, page.text(points_of(row)), title)
    return table


def fitting(board: Board, height: int) -> tuple[list[Row], int]:
    """The rows to show on `height` lines, and how many are left out."""
    rows = list(board.rows)
    if len(rows) > height:
        rows = [row for row in rows if row.result and row.result.state != "passed"][: max(height, 1)]
    return rows, len(board.rows) - len(rows)


def headline(board: Board) -> str:
    """The total, and which run this is of which change."""
    passed, known, there = counts(board)
    total = f"{amount(board.points)} of {amount(board.max)} practice points"
    if board.seconds is None:
        return f"Running: {known} of {there} checks are known, {total}{_because(board)}"
    if board.trouble:
        return f"Run {board.run}: no verdicts{_because(board)}"
    return f"Run {board.run}: {passed} of {there} checks passed, {total}, {board.seconds:.2f} s{_because(board)}"


def _because(board: Board) -> str:
    if not board.changed:
        return ""
    names = ", ".join(one_line(PurePosixPath(name).name, 60) for name in board.changed[:_NAMED])
    more = f" and {len(board.changed) - _NAMED} more" if len(board.changed) > _NAMED else ""
    return f" (changed: {names}{more})"


def state_of(row: Row) -> str:
    """A word, or dots where the check did not run yet on the files as they are."""
    return WORDS[row.result.state] if row.result else "..."


def points_of(row: Row) -> str:
    return f"{amount(row.result.points) if row.result else '...'} of {amount(row.check.points)}"


def failure_lines(failure: CheckResult) -> list[str]:
    """What to mend first: the statement, the place, what happened, and the hint."""
    lines = [f"{WORDS[failure.state]}: {one_line(failure.title)}"]
    if failure.location:
        lines.append(f"at {one_line(failure.location.path)}:{failure.location.line}")
    if failure.message:
        lines += shorten(failure.message, limit=1_500, lines=12).splitlines()
    if failure.hint:
        lines.append(f"Hint: {one_line(failure.hint, 800)}")
    return lines


def suited(*, as_json: bool, file: IO[str]) -> Json | Lines | Screen:
    """What suits the place where the output goes."""
    if as_json:
        return Json()
    if file.isatty() and not Console(file=file).is_dumb_terminal:
        return Screen(file)
    return Lines()
