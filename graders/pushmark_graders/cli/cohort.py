"""How a cohort is shown: a table or lines of JSON on standard output, a CSV file."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pushmark_graders.cli import output
from pushmark_graders.cohort.regrade import Outcome
from pushmark_graders.report.text import clean
from pushmark_graders.report.words import amount

_COLUMNS = ("submission", "state", "points", "max", "seconds", "cached", "report")


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
        rows.add_row(one.label, state(one), _points(one), seconds, "cached" if one.cached else "new")
    console.print(rows)
    for one in outcomes:
        if one.message:
            console.print(f"\n{one.label}: {clean(one.message)}", soft_wrap=True)
    graded = [one for one in outcomes if one.status == "graded"]
    cached = sum(one.cached for one in graded)
    rest = f", {len(outcomes) - len(graded)} not graded" if len(graded) < len(outcomes) else ""
    console.print(f"\n{len(graded)} graded ({cached} cached){rest}. The reports are in {folder}.", soft_wrap=True)


def state(outcome: Outcome) -> str:
    return "graded" if outcome.status == "graded" else "not graded"


def _points(outcome: Outcome) -> str:
    if outcome.points is None or outcome.max is None:
        return ""
    return f"{amount(outcome.points)} of {amount(outcome.max)}"
