"""`pushmark-bot course import-classroom`: takes a course over from GitHub Classroom."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pushmark_graders.cli.console import counting
from pushmark_graders.errors import COULD_NOT_GRADE, PushmarkError

from pushmark_bot.commands.options import config_file, whoami
from pushmark_bot.db import find
from pushmark_bot.service.config import Config, load

if TYPE_CHECKING:
    from pushmark_bot.db.store import Database
    from pushmark_bot.gradebook.adopt import Found, Match


@click.command("import-classroom")
@click.argument("course")
@click.argument("file", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--lab", "labs", multiple=True, metavar="NAME=LAB", help="The assignment NAME is this lab; may be repeated."
)
@click.option(
    "--link/--no-link", default=True, help="Make repositories submissions; else points alone.  [default: link]"
)
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
@config_file
def command(course: str, file: tuple[Path, ...], labs: tuple[str, ...], link: bool, quiet: bool, config: Path) -> None:
    """Take the grades that GitHub Classroom exported, each FILE one assignment's, into COURSE.

    Points are kept as history. Where an assignment is a lab of the course, each repository's Feedback pull request
    becomes the learner's submission. All of it is written, or nothing. Import the roster first.

    Exit status: 0 done, 2 a file or the call must be mended, 3 some repositories are no submissions, or GitHub refused.

    \b
    Example:
      pushmark-bot course import-classroom ml-101 hw-1.csv hw-2.csv --lab "Homework 2=gatecast-2-features"
    """  # fmt: skip
    from pushmark_bot.db.store import Database  # noqa: PLC0415  (a database: not for --help)
    from pushmark_bot.gradebook import adopt, classroom  # noqa: PLC0415

    named = _named(labs)
    rows = classroom.read(file)
    settings = load(config)
    database = Database(settings.database_url)
    try:
        database.require_newest()
        with database.reading() as session:
            matches = adopt.match(session, course, rows, named)
        found = (
            _find(settings, database, course, matches, quiet=quiet) if link else adopt.Found(pulls={}, not_linked=[])
        )
        with database.session() as session:
            done = adopt.write(session, course, matches, found, by=whoami(), at=datetime.now(UTC))
    finally:
        database.close()
    click.echo(f"{done.kept} of {len(rows)} grades are new, {done.linked} pull requests linked")
    others = sorted({one.row.assignment for one in matches if not one.lab})
    if others and link:
        click.echo(f"no lab of {course}, so that points alone are kept: {', '.join(others)}; --lab names one")
    for one in found.not_linked:
        click.echo(f"not linked: {one.learner} {one.repository}: {one.why}")
    if found.not_linked:
        click.get_current_context().exit(COULD_NOT_GRADE)


def _named(labs: tuple[str, ...]) -> dict[str, str]:
    pairs = [one.rpartition("=") for one in labs]
    wrong = [one for one, (name, _, lab) in zip(labs, pairs, strict=True) if not (name and lab)]
    if wrong:
        raise PushmarkError(f"--lab: expected NAME=LAB, got {wrong[0]!r}", "write the assignment's name, =, the lab's")
    return {name: lab for name, _, lab in pairs}


def _find(config: Config, database: "Database", course: str, matches: "list[Match]", *, quiet: bool) -> "Found":
    from pushmark_bot.github import GitHub  # noqa: PLC0415
    from pushmark_bot.gradebook import adopt  # noqa: PLC0415
    from pushmark_bot.service.ports import Ports  # noqa: PLC0415  (PyGithub: not for --help)

    with database.reading() as session:
        installation = find.course(session, course).installation
    ports = Ports(config)

    def github() -> GitHub:
        if installation is None:
            raise PushmarkError(
                f"course {course} has no installation", "name it with `course add --installation`, or add --no-link"
            )
        return ports.of(installation)

    try:
        wanted = sum(bool(one.lab) and not one.linked for one in matches)
        with counting(wanted, quiet=quiet) as count:
            return adopt.find(matches, github, count.done)
    finally:
        ports.close()
