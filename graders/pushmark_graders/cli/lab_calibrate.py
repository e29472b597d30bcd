"""`pushmark lab calibrate`: measure what a lab's metrics can tell apart, and write it down."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from pushmark_graders.cli.console import counting, progress
from pushmark_graders.errors import GRADED, ExitCode
from pushmark_graders.lab.build import rendered
from pushmark_graders.lab.spec import FILE, load_lab

if TYPE_CHECKING:
    from pushmark_graders.lab.calibrate.proposal import Calibration

SEEDS = 3


@click.command("calibrate", short_help="Measure a lab's metrics, and propose their bounds.")
@click.argument("lab", type=click.Path(path_type=Path))
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=SEEDS,
    show_default=True,
    metavar="NUMBER",
    help="Course seeds to measure with; each gives two halves of hidden rows.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    metavar="NUMBER",
    help="Submissions at a time (default: one per core).",
)
@click.option("--write", is_flag=True, help="Write the bounds that follow into lab.toml, too.")
@click.option("--json", "as_json", is_flag=True, help="Print the measurements as JSON.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
def calibrate(lab: Path, seeds: int, jobs: int, write: bool, as_json: bool, quiet: bool) -> ExitCode:
    """Measure LAB's starter, references, solution and honest solutions, and the noise of their skills.

    The measurements go into design.md, between two marks; everything else in it stays. What baseline, target
    and step follow from them is printed, and with --write put into lab.toml.

    Exit status: 0 measured, 2 a faulty lab, or with --write one whose bounds have no room.

    \b
    Examples:
      pushmark lab calibrate labs/gatecast-2-features
      pushmark lab calibrate labs/gatecast-2-features --seeds 20 --write
    """
    from pushmark_graders.lab.calibrate import measuring, pages, proposal  # noqa: PLC0415  (not for --help)

    spec = load_lab(lab)
    total = len(measuring.measured(spec))
    page, text = spec.root / pages.PAGE, (spec.root / FILE).read_text(encoding="utf-8")
    before = page.read_text(encoding="utf-8") if page.exists() else ""
    pages.marked(before, "")  # a page that cannot be written to is better known now than after the measuring
    with progress(quiet=quiet) as tell:
        base = rendered(spec, progress=tell)
    with counting(total, quiet=quiet) as count:
        count.at(f"training and measuring {total} submissions")
        found = measuring.measure(spec, base, seeds, jobs=jobs, on_done=lambda name: count.done(f"{name} measured"))
    told = [proposal.calibrate(metric, found) for metric in spec.metrics]
    pages.write(page, pages.marked(before, pages.section(told, measuring.seeds(seeds))))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    else:
        _show(told)
        click.echo(f"\n{page} has the measurements.")
    if write:
        pages.write(spec.root / FILE, pages.bounded(text, proposal.complete(told)))
    if not as_json:
        _show_bounds(told, wrote=write)
    return GRADED


def _show(calibrations: "Sequence[Calibration]") -> None:
    from rich.console import Console  # noqa: PLC0415  (not needed for --help and usage errors)
    from rich.table import Table  # noqa: PLC0415

    console = Console(highlight=False, markup=False)
    for one in calibrations:
        rows = Table(box=None, pad_edge=False, header_style="bold")
        rows.add_column(f"skill in {one.metric}", no_wrap=True)
        for title in ("halves", "mean", "sd", "lowest", "highest", "noise"):
            rows.add_column(title, justify="right")
        for each in one.rows:
            numbers = (each.mean, each.deviation, each.lowest, each.highest, each.noise)
            cells = ["" if number is None else f"{number:.4f}" for number in numbers]
            rows.add_row(each.name, str(each.halves or ""), *cells)
        console.print(rows)


def _show_bounds(calibrations: "Sequence[Calibration]", *, wrote: bool) -> None:
    from pushmark_graders.lab.calibrate.pages import in_words  # noqa: PLC0415

    for one in calibrations:
        if one.proposed is None:
            click.echo(f"{one.metric}: {one.problem}")
        elif one.proposed == one.stated:
            click.echo(f"{one.metric}: {FILE} says what follows: {in_words(one.stated)}.")
        elif wrote:
            click.echo(f"{one.metric}: {FILE} said {in_words(one.stated)}; it says now {in_words(one.proposed)}.")
        else:
            click.echo(f"{one.metric}: {FILE} says {in_words(one.stated)}; --write would put {in_words(one.proposed)}.")
