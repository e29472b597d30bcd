"""`pushmark-bot course grades`: the gradebook in the terminal, or in the form that another system reads."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from pushmark_graders.errors import PushmarkError

from pushmark_bot.commands.options import config_file
from pushmark_bot.service.config import Config, load

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from pushmark_bot.gradebook.book import Book

TABLES = ("csv", "json", "canvas", "moodle")
EACH = ("gradescope", "classroom50", "ctrf", "junit")


@click.command("grades")
@click.argument("course")
@click.argument("lab", required=False, default="")
@click.option("--format", "form", type=click.Choice(["table", *TABLES, *EACH]), default="table", show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write there: a file, or a folder for a form of many files."
)
@click.option("--into", type=click.Path(path_type=Path), help="Canvas's own export, to fill in; with --format canvas.")
@click.option(
    "--column", default="", help="The column to fill in, where it is called neither as the lab nor its title."
)
@click.option("--force", is_flag=True, help="Write over what is there.")
@config_file
def command(
    course: str, lab: str, form: str, out: Path | None, into: Path | None, column: str, force: bool, config: Path
) -> None:
    """Show the gradebook of COURSE, or of LAB alone, or write it in the form that another system reads.

    csv, json, canvas and moodle are one text each, for --out or standard output. gradescope, classroom50, ctrf and
    junit are a file for each graded submission, in the folder --out, below the lab's name.

    \b
    Examples:
      pushmark-bot course grades ml-101
      pushmark-bot course grades ml-101 gatecast-2-features --format canvas --into canvas.csv --out filled.csv
    """  # fmt: skip
    if into is not None and (form != "canvas" or not lab):
        raise PushmarkError("--into fills in a lab's column of Canvas's file", "name the LAB, and add --format canvas")
    if column and into is None:
        raise PushmarkError("--column says which column --into fills in", "name Canvas's file with --into")
    settings = load(config)
    from pushmark_bot.db.store import Database  # noqa: PLC0415  (a database: not for --help)
    from pushmark_bot.gradebook import book, table  # noqa: PLC0415

    database = Database(settings.database_url)
    try:
        database.require_newest()
        with database.reading() as session:
            whole = book.read(session, course, lab)
            if form == "table":
                table.show(whole)
            elif form in EACH:
                _write_each(session, whole, form, out, settings, force=force)
            else:
                _write_one(_text(whole, form, into, column), out, force=force)
    finally:
        database.close()


def _text(whole: "Book", form: str, into: Path | None, column: str) -> str:
    from pushmark_bot.course import csv_text  # noqa: PLC0415
    from pushmark_bot.gradebook.cells import number  # noqa: PLC0415
    from pushmark_bot.gradebook.formats import TABLES as MAKERS  # noqa: PLC0415
    from pushmark_bot.gradebook.formats import canvas  # noqa: PLC0415

    if into is None:
        return MAKERS[form](whole)
    text = csv_text.read(into, canvas.CanvasError, "gradebook", keep_mark=True)
    [lab] = whole.labs
    done = canvas.filled(text, str(into), whole, lab, column)
    click.echo(f"column {done.column}: {done.filled} filled in, {done.left} left as they were", err=True)
    if done.missing:
        click.echo(f"graded, and not in {into}: {', '.join(done.missing[:20])}", err=True)
    if lab.max is not None and number(lab.max) != number(canvas.points(done.possible)):
        click.echo(f"Canvas says that it is worth {done.possible or 'nothing'}, the lab {number(lab.max)}", err=True)
    return done.text


def _write_one(text: str, out: Path | None, *, force: bool) -> None:
    from pushmark_bot.gradebook import files  # noqa: PLC0415

    if out is None:
        click.echo(text, nl=False)
        return
    files.check_free([out], force=force)
    files.write(out, text)
    click.echo(f"written: {out}", err=True)


def _write_each(
    session: "Session", whole: "Book", form: str, out: Path | None, settings: Config, *, force: bool
) -> None:
    from pushmark_bot.gradebook import book, files  # noqa: PLC0415
    from pushmark_bot.gradebook.formats import EACH as MAKERS  # noqa: PLC0415

    if out is None:
        raise PushmarkError(f"{form} is a file for each submission", "name a folder for them with --out")
    ending, make = MAKERS[form]
    names = files.names(one.identifier for one in whole.learners)
    wanted = [
        (lab, one, out / lab.slug / f"{names[one.identifier]}.{ending}")
        for lab in whole.labs
        for one in whole.learners
        if (mark := whole.mark(lab.slug, one.identifier)) is not None and mark.row
    ]
    files.check_free((path for _, _, path in wanted), force=force)
    for lab, one, path in wanted:
        sheet = book.sheet(session, whole, lab, one, settings.web_url)
        if sheet is not None:
            files.write(path, make(sheet))
    click.echo(f"{len(wanted)} files written below {out}", err=True)
