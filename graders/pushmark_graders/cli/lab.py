"""`pushmark lab ...`: what lab authors type."""

from pathlib import Path

import click

from pushmark_graders.cli.console import progress
from pushmark_graders.errors import GRADED, ExitCode
from pushmark_graders.lab import build as building
from pushmark_graders.lab.spec import load_lab


@click.group("lab", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Write, prove and publish labs."""


@command.command("build")
@click.argument("lab", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--source",
    default=building.DEFAULT_SOURCE,
    show_default=True,
    metavar="OWNER/REPO@REF",
    help="Where the template's workflows take Pushmark from. Forks name their own.",
)
@click.option("--template", type=click.Path(path_type=Path), help="Another template_repo folder.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
def build(lab: Path, out: Path, source: str, template: Path | None, quiet: bool) -> ExitCode:
    """Render LAB into the template repository OUT, which must be new or empty.

    \b
    Example:
      pushmark lab build labs/gatecast-2-features ../gatecast-2-template
    """  # fmt: skip
    with progress(quiet=quiet) as tell:
        building.build(load_lab(lab), out, source=source, progress=tell)
    click.echo(f"{out} is ready: commit it, push it, and mark the repository as a template on GitHub.")
    return GRADED
