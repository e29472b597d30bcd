"""How commands speak: results on standard output, progress and errors on standard error."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from pushmark_graders.errors import PushmarkError

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.status import Status


def fail(error: PushmarkError) -> int:
    """Print what happened and the next step; returns the exit status."""
    colour = False if "NO_COLOR" in os.environ else None
    click.echo(click.style("Error: ", fg="red", bold=True) + error.what, err=True, color=colour)
    if error.next_step:
        click.echo(click.style("Next:  ", bold=True) + error.next_step, err=True, color=colour)
    return error.exit_code


class Progress:
    """One line on standard error that says what is going on: a spinner on a terminal, plain lines elsewhere."""

    def __init__(self, status: "Status | None") -> None:
        self._status = status
        self._started = time.monotonic()
        self._last = ""

    def __call__(self, what: str) -> None:
        if self._status is not None:
            self._status.update(what)
        elif what != self._last:
            click.echo(f"[{time.monotonic() - self._started:5.1f} s] {what}", err=True)
        self._last = what


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """Show progress while the block runs; `quiet` shows none."""
    from rich.console import Console  # noqa: PLC0415  (not needed for --help and usage errors)

    console = Console(stderr=True, quiet=quiet)
    if quiet:
        yield _Silent(None)
    elif console.is_terminal:
        with console.status("starting") as status:
            yield Progress(status)
    else:
        yield Progress(None)


class Count:
    """How far something of many parts is: a bar with an estimate on a terminal, plain lines elsewhere."""

    def __init__(self, total: int, bar: "Bar | None") -> None:
        self._total = total
        self._bar = bar
        self._task = bar.add_task("", total=total) if bar is not None else None
        self._done = 0
        self._started = time.monotonic()

    def at(self, what: str) -> None:
        """Say what is being done now."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=what)
        else:
            self._say(what)

    def done(self, what: str) -> None:
        """Say that another part is done."""
        self._done += 1
        after = time.monotonic() - self._started
        left = after / self._done * (self._total - self._done)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=1, description=what)
        else:
            estimate = f", about {left:.0f} s left" if left >= 1 else ""
            self._say(f"{self._done} of {self._total}: {what}{estimate}")

    def _say(self, what: str) -> None:
        click.echo(f"[{time.monotonic() - self._started:5.1f} s] {what}", err=True)


class _Uncounted(Count):
    def at(self, what: str) -> None:
        """Say nothing."""

    def done(self, what: str) -> None:
        """Say nothing."""


@contextmanager
def counting(total: int, *, quiet: bool) -> Iterator[Count]:
    """Show how far it is while the block runs; `quiet` shows nothing."""
    from rich.console import Console  # noqa: PLC0415  (not needed for --help and usage errors)
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    console = Console(stderr=True, quiet=quiet)
    if quiet:
        yield _Uncounted(total, None)
    elif console.is_terminal:
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        with Bar(*columns, console=console, transient=True) as bar:
            yield Count(total, bar)
    else:
        yield Count(total, None)


class _Silent(Progress):
    def __call__(self, what: str) -> None:
        """Say nothing."""
