"""Writes a report where it was asked for: terminal, Markdown or JSON, on screen or into files."""

import sys
from pathlib import Path

import click
import msgspec

from pushmark_graders import atomic
from pushmark_graders.errors import PushmarkError
from pushmark_graders.report import schema
from pushmark_graders.report.model import Report


def as_json(report: Report) -> str:
    return msgspec.json.format(schema.dump(report), indent=2).decode()


def show(report: Report, form: str) -> None:
    """Print `report` as `terminal`, `markdown` or `json` on standard output."""
    if form == "json":
        click.echo(as_json(report))
    elif form == "markdown":
        from pushmark_graders.report import markdown  # noqa: PLC0415  (one renderer per run)

        click.echo(markdown.render(report))
    else:
        from rich.console import Console  # noqa: PLC0415

        from pushmark_graders.report import terminal  # noqa: PLC0415

        terminal.render(report, Console(file=sys.stdout))


def write(path: Path, text: str) -> None:
    """Write a file that the user named, as a whole or not at all. Raises PushmarkError when that is not possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():  # a pipe or a terminal
            path.write_text(text, encoding="utf-8")
        else:
            atomic.write(path.resolve(), text.encode())
    except OSError as error:
        raise PushmarkError(f"{path} cannot be written: {error.strerror}", "choose another place") from None
