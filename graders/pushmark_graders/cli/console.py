"""How commands speak: results on standard output, progress and errors on standard error."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from pushmark_graders.errors import PushmarkError

if TYPE_CHECKING:
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


class _Silent(Progress):
    def __call__(self, what: str) -> None:
        """Say nothing."""
