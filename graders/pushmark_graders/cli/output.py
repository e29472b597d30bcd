"""Writes a report where it was asked for: terminal, Markdown, HTML or JSON, on screen or into files.

A renderer is imported when it is asked for: `pushmark check` shall not wait for those that it has no use for.
"""

import io
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
    """Print `report` as `terminal`, `markdown`, `html` or `json` on standard output."""
    if form == "terminal":
        from rich.console import Console  # noqa: PLC0415

        from pushmark_graders.report import terminal  # noqa: PLC0415

        terminal.render(report, Console(file=sys.stdout))
    else:
        click.echo(rendered(report, form))


def rendered(report: Report, form: str) -> str:
    """Return `report` as text in one of the forms; as `terminal` 100 characters wide and without colours."""
    if form == "json":
        return as_json(report)
    if form == "markdown":
        from pushmark_graders.report import markdown  # noqa: PLC0415

        return markdown.render(report)
    if form == "html":
        from pushmark_graders.report import html  # noqa: PLC0415

        return html.render(report)
    from rich.console import Console  # noqa: PLC0415

    from pushmark_graders.report import terminal  # noqa: PLC0415

    page = io.StringIO()
    terminal.render(report, Console(file=page, width=100))
    return page.getvalue()


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
