"""`pushmark report`: a report file, shown again in any form."""

from pathlib import Path

import click

from pushmark_graders.cli import output
from pushmark_graders.report import schema


@click.command("report")
@click.argument("report", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "markdown", "html", "json"]),
    default="terminal",
    show_default=True,
    help="How to show it.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write it to this file, and print nothing.")
def command(report: Path, form: str, out: Path | None) -> None:
    """Show the file REPORT, which `check --out` or `grade --out` wrote. Nothing is graded.

    \b
    Examples:
      pushmark report report.json                                  in the terminal
      pushmark report report.json --format html --out report.html  as a page
    """
    read = schema.load(report)
    if out is None:
        output.show(read, form)
    else:
        output.write(out, output.rendered(read, form))
