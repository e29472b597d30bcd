"""`pushmark lab ...`: what lab authors type."""

from pathlib import Path

import click

from pushmark_graders.cli.console import progress
from pushmark_graders.cli.lab_calibrate import calibrate
from pushmark_graders.cli.lab_lint import lint
from pushmark_graders.errors import GRADED, ExitCode
from pushmark_graders.lab import build as building
from pushmark_graders.lab.spec import load_lab


@click.group("lab")
def command() -> None:
    """Write, prove and publish labs."""


command.add_command(lint)
command.add_command(calibrate)


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
