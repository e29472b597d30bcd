"""`pushmark lab lint`: the proofs of a lab as a table, what is wrong below it."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from pushmark_graders.cli import options
from pushmark_graders.cli.console import counting
from pushmark_graders.errors import GRADED, USAGE, ExitCode
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.worker.surroundings import one_thread

if TYPE_CHECKING:
    from pushmark_graders.lab.lint.verdict import Verdict

PRACTICE_SEED = "practice"
REPEATS = 3


@click.command("lint", short_help="Prove a lab with its solution, starter and mutants.")
@click.argument("lab", type=click.Path(path_type=Path))
@click.option(
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    metavar="NUMBER",
    help="Gradings at a time (default: one per core).",
)
@click.option("--only", default="", metavar="TEXT", help="Only the submissions whose name contains TEXT.")
@click.option(
    "--repeats",
    type=click.IntRange(min=1),
    default=REPEATS,
    show_default=True,
    metavar="NUMBER",
    help="How often the verdicts on the solution and on one mutant must agree; 20 before a course begins.",
)
@options.seed(PRACTICE_SEED)
@click.option("--again", is_flag=True, help="Prove all, and take nothing from an earlier run.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
def lint(lab: Path, jobs: int, only: str, repeats: int, seed: str, again: bool, as_json: bool, quiet: bool) -> ExitCode:
    """Prove LAB: the solution earns all, the starter little, each mutant loses exactly what it names.

    Other proofs are about the lab itself: hints, the template, the README's code, repeats, thresholds and cost.
    A proof that held is kept, and not made again until the lab, the submission, or what grades it changes.

    Exit status: 0 every proof holds, 2 one does not.

    \b
    Examples:
      pushmark lab lint labs/gatecast-2-features
      pushmark lab lint labs/gatecast-2-features --only mutants/as-of
    """
    os.environ |= one_thread()  # before the lab's own libraries are loaded: as in a grader, whose numbers we look for
    from pushmark_graders.lab import lint as linting  # noqa: PLC0415  (not for `build` and `new`)

    spec = load_lab(lab)
    verdicts = []
    with counting(linting.count(spec, only), quiet=quiet) as count:
        wish = linting.Wish(jobs=jobs, only=only, seed=seed, again=again, times=repeats, tell=count.at)
        for verdict in linting.lint(spec, wish):
            verdicts.append(verdict)
            count.done(f"{verdict.name} {'FAILS' if verdict.problems else 'holds'}")
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(verdicts), indent=2).decode())
    else:
        _show(verdicts)
    return USAGE if any(verdict.problems for verdict in verdicts) else GRADED


def _show(verdicts: "Sequence[Verdict]") -> None:
    """A row for each proof, and below the table all that is wrong."""
    from rich.console import Console  # noqa: PLC0415  (not needed for --help and usage errors)
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, markup=False)
    rows = Table(box=None, pad_edge=False, header_style="bold")
    rows.add_column("")
    rows.add_column("proof", no_wrap=True)
    rows.add_column("points", justify="right", no_wrap=True)
    rows.add_column("seconds", justify="right", no_wrap=True)
    rows.add_column("found", overflow="fold")
    for one in verdicts:
        state = Text("FAIL", style="bold red") if one.problems else Text("ok", style="green")
        points = "" if one.points is None else f"{one.points:g} of {one.max:g}"
        seconds = "kept" if one.kept else f"{one.seconds:.1f}" if one.seconds else ""
        rows.add_row(state, one.name, points, seconds, one.told)
    console.print(rows)
    for one in verdicts:
        if one.problems:
            console.print(Text(f"\n{one.name}", style="bold"), soft_wrap=True)
        for problem in one.problems:
            console.print("\n".join(f"  {line}" for line in problem.splitlines()), soft_wrap=True)
    failed = sum(bool(one.problems) for one in verdicts)
    kept = sum(one.kept for one in verdicts)
    rest = f"; {kept} kept from an earlier run, and --again proves them anew" if kept else ""
    console.print(f"\n{len(verdicts) - failed} of {len(verdicts)} proofs hold{rest}.", soft_wrap=True)
