"""`pushmark lab ...`: what lab authors type."""

from pathlib import Path

import click
import msgspec

from pushmark_graders.cli import options
from pushmark_graders.cli.console import progress
from pushmark_graders.errors import GRADED, USAGE, ExitCode
from pushmark_graders.lab import build as building
from pushmark_graders.lab.spec import load_lab

PRACTICE_SEED = "practice"


@click.group("lab")
def command() -> None:
    """Write, prove and publish labs."""


@command.command("build", short_help="Render a lab into a template repository.")
@click.argument("lab", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--source",
    default=building.DEFAULT_SOURCE,
    show_default=True,
    metavar="OWNER/REPO@REF",
    help="Where the template's workflows take Pushmark from. Forks name their own.",
)
@click.option(
    "--template",
    type=click.Path(path_type=Path),
    help="The folder to put around the lab, in place of the nearest template_repo.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
def build(lab: Path, out: Path, source: str, template: Path | None, quiet: bool) -> ExitCode:
    """Render LAB into the template repository OUT, which must be new or empty.

    \b
    Example:
      pushmark lab build labs/gatecast-2-features ../gatecast-2-template
    """  # fmt: skip
    with progress(quiet=quiet) as tell:
        building.build(load_lab(lab), out, source=source, template=template, progress=tell)
    click.echo(f"{out} is ready: commit it, push it, and mark the repository as a template on GitHub.")
    return GRADED


@command.command("lint", short_help="Prove a lab with its solution, starter and mutants.")
@click.argument("lab", type=click.Path(path_type=Path))
@click.option(
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    metavar="NUMBER",
    help="Gradings at a time (default: one per core).",
)
@click.option("--only", default="", metavar="TEXT", help="Only the submissions whose name contains TEXT.")
@options.seed(PRACTICE_SEED)
@click.option("--again", is_flag=True, help="Prove all, and take nothing from an earlier run.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
def lint(lab: Path, jobs: int, only: str, seed: str, again: bool, as_json: bool) -> ExitCode:
    """Prove LAB: the solution earns all, the starter little, each mutant loses exactly what it names.

    A proof that held is kept, and not made again until the lab, the submission, or what grades it changes.

    Exit status: 0 every proof holds, 2 one does not.

    \b
    Examples:
      pushmark lab lint labs/gatecast-2-features
      pushmark lab lint labs/gatecast-2-features --only mutants/as-of
    """
    from pushmark_graders.lab import lint as linting  # noqa: PLC0415  (not for `build` and `new`)

    def announce(verdict: linting.Verdict) -> None:
        took = "kept from an earlier run" if verdict.kept else f"{verdict.seconds:.0f} s"
        score = f"  {verdict.points:g} of {verdict.max:g}, {took}" if verdict.max is not None else ""
        click.echo(f"{'ok  ' if not verdict.problems else 'FAIL'} {verdict.name}{score}", err=as_json)
        for problem in verdict.problems:
            click.echo(f"       {problem}", err=as_json)

    verdicts = linting.lint(load_lab(lab), jobs=jobs, only=only, seed=seed, again=again, on_verdict=announce)
    if kept := sum(verdict.kept for verdict in verdicts):
        graded = sum(verdict.max is not None for verdict in verdicts)
        click.echo(f"{kept} of {graded} kept from an earlier run; --again proves them anew", err=as_json)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(verdicts), indent=2).decode())
    return USAGE if any(verdict.problems for verdict in verdicts) else GRADED


@command.command("new", short_help="Start a lab: a small one that works.")
@click.argument("name")
@click.option("--into", type=click.Path(path_type=Path), default=".", help="The folder to make it in (default: here).")
def new(name: str, into: Path) -> ExitCode:
    """Start a lab called NAME: a small one that works, lints and can be built at once.

    \b
    Example:
      pushmark lab new churn-1-cleaning --into labs
    """
    from pushmark_graders.lab.skeleton import make  # noqa: PLC0415

    folder = make(name, into)
    click.echo(f"{folder} is ready. Prove it with: pushmark lab lint {folder}")
    return GRADED
