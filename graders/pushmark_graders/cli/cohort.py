"""How a cohort is shown: progress on standard error, a table or lines of JSON on standard output, a CSV file."""

import csv
import io
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from pushmark_graders.cli import output
from pushmark_graders.cohort.regrade import Outcome
from pushmark_graders.report.text import clean
from pushmark_graders.report.words import amount

_COLUMNS = ("submission", "state", "points", "max", "seconds", "cached", "report")


@contextmanager
def counting(total: int, *, quiet: bool) -> Iterator[Callable[[Outcome], None]]:
    """Show how far it is: a bar with an estimate on a terminal, a line for each submission elsewhere."""
    from rich.console import Console  # noqa: PLC0415  (not needed for --help and usage errors)
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    console = Console(stderr=True, quiet=quiet)
    if quiet:
        yield lambda _outcome: None
    elif console.is_terminal:
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=console, transient=True) as bar:
            grading = bar.add_task("", total=total)
            yield lambda outcome: bar.update(grading, advance=1, description=outcome.label)
    else:
        yield _Lines(total)


class _Lines:
    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._started = time.monotonic()

    def __call__(self, outcome: Outcome) -> None:
        self._done += 1
        after = time.monotonic() - self._started
        left = after / self._done * (self._total - self._done)
        estimate = f", about {left:.0f} s left" if left >= 1 else ""
        click.echo(
            f"[{after:5.1f} s] {self._done} of {self._total}: {outcome.label} {_state(outcome)}{estimate}", err=True
        )


def as_json(outcome: Outcome) -> str:
    return msgspec.json.encode(_plain(outcome)).decode()


def _plain(outcome: Outcome) -> dict[str, object]:
    return {
        "label": outcome.label,
        "report": str(outcome.report) if outcome.report else None,
        "status": outcome.status,
        "points": outcome.points,
        "max": outcome.max,
        "seconds": outcome.seconds,
        "cached": outcome.cached,
        "message": outcome.message,
    }


def write_csv(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write the table as CSV; what is not known is empty. Raises PushmarkError when that is not possible."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in outcomes:
        scored = (one.points, one.max, one.seconds)
        numbers = ["" if value is None else f"{value:g}" for value in scored]
        writer.writerow([one.label, one.status, *numbers, "yes" if one.cached else "no", one.report or ""])
    output.write(path, text.getvalue())


def table(outcomes: Sequence[Outcome], folder: Path) -> None:
    """Print a row for each submission, why some are not graded, and the sum."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    console = Console(highlight=False, markup=False)
    rows = Table(box=None, pad_edge=False, header_style="bold")
    rows.add_column("submission", overflow="fold")
    rows.add_column("state")
    for title in ("points", "seconds"):
        rows.add_column(title, justify="right")
    rows.add_column("")
    for one in outcomes:
        seconds = "" if one.seconds is None else f"{one.seconds:.1f}"
        rows.add_row(one.label, _state(one), _points(one), seconds, "cached" if one.cached else "new")
    console.print(rows)
    for one in outcomes:
        if one.message:
            console.print(f"\n{one.label}: {clean(one.message)}", soft_wrap=True)
    graded = [one for one in outcomes if one.status == "graded"]
    cached = sum(one.cached for one in graded)
    rest = f", {len(outcomes) - len(graded)} not graded" if len(graded) < len(outcomes) else ""
    console.print(f"\n{len(graded)} graded ({cached} cached){rest}. The reports are in {folder}.", soft_wrap=True)


def _state(outcome: Outcome) -> str:
    return "graded" if outcome.status == "graded" else "not graded"


def _points(outcome: Outcome) -> str:
    if outcome.points is None or outcome.max is None:
        return ""
    return f"{amount(outcome.points)} of {amount(outcome.max)}"
