"""`pushmark-bot course ...`: what an instructor types."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import click
from pushmark_graders.errors import PushmarkError
from pushmark_graders.lab.spec import load_lab

from pushmark_bot.commands.options import config_file, whoami
from pushmark_bot.course import roster
from pushmark_bot.course.chain import broken
from pushmark_bot.course.deadlines import LatePolicy, Schedule
from pushmark_bot.course.score import Counts
from pushmark_bot.db import find, log, manage
from pushmark_bot.db.store import Database
from pushmark_bot.service.config import load


@click.group("course")
def command() -> None:
    """Make a course, fill its roster, give out labs."""


@contextmanager
def opened(config: Path) -> Iterator[Database]:
    """The configured database, if its tables are those of this release."""
    database = Database(load(config).database_url)
    try:
        database.require_newest()
        yield database
    finally:
        database.close()


@command.command("add")
@click.argument("course")
@click.option("--title", required=True, help="What people call it.")
@click.option("--organisation", required=True, help="The GitHub organisation that it lives in.")
@click.option("--installation", type=click.IntRange(min=1), help="The id of the app's installation there.")
@config_file
def add(course: str, title: str, organisation: str, installation: int | None, config: Path) -> None:
    """Make the course COURSE, or change what it is called and where it lives.

    Its secret seed is a file of its own, seeds/COURSE.seed beside the configuration: make it once, and keep it.

    \b
    Example:
      pushmark-bot course add ml-101 --title "Machine learning at work" --organisation example-school
    """  # fmt: skip
    if not course.replace("-", "").isalnum() or course != course.lower():
        raise PushmarkError(f"{course!r} is no name for a course", "use lower-case words with hyphens, such as ml-101")
    with opened(config) as database, database.session() as session:
        new = manage.add_course(
            session,
            course,
            title=title,
            organisation=organisation,
            installation=installation,
            by=whoami(),
            at=datetime.now(UTC),
        )
    click.echo(f"{course} is {'made' if new else 'changed'}")


@command.command("roster")
@click.argument("course")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--role",
    type=click.Choice(get_args(manage.Role)),
    help="What the people in FILE are.  [default: as they were; new ones are learners]",
)
@config_file
def import_roster(course: str, file: Path, role: manage.Role | None, config: Path) -> None:
    """Put the people of the CSV file FILE on the roster of COURSE.

    The file needs a column with identifiers; the exports of GitHub Classroom, Classroom 50 and Canvas are read as they
    are. Nobody is taken off the roster, and an empty cell changes nothing.
    """
    rows = roster.read(file)
    with opened(config) as database, database.session() as session:
        done = manage.import_roster(session, course, rows, by=whoami(), at=datetime.now(UTC), role=role)
    unchanged = len(rows) - len(done.added) - len(done.changed)
    click.echo(f"{len(done.added)} added, {len(done.changed)} changed, {unchanged} as they were")
    if done.only_here:
        click.echo(f"not in the file, and still on the roster: {', '.join(done.only_here[:20])}")


@command.command("assign")
@click.argument("course")
@click.argument("lab", type=click.Path(path_type=Path))
@click.option("--template", metavar="OWNER/NAME", help="The template repository that learners' are made from.")
@click.option("--opens", metavar="MOMENT", help="When pushes begin to count, such as 2027-01-10T08:00Z.")
@click.option("--due", metavar="MOMENT", help="The deadline.")
@click.option("--cutoff", metavar="MOMENT", help="After this, nothing is graded.")
@click.option("--late-per-day", type=float, default=0.0, show_default=True, help="Part of the points a day costs.")
@click.option("--late-at-most", type=float, default=1.0, show_default=True, help="Part of the points lateness costs.")
@click.option("--grace", type=int, default=0, show_default=True, metavar="MINUTES", help="Not counted as late.")
@click.option("--attempts", type=int, default=40, show_default=True, help="How many full gradings a learner has.")
@click.option("--per-day", type=int, default=8, show_default=True, help="How many of them in any 24 hours.")
@click.option(
    "--held-back/--no-held-back", default=None, help="Show no score until staff release it.  [default: as it was]"
)
@click.option(
    "--counts",
    type=click.Choice(get_args(Counts)),
    help="Which attempt is the grade: that with the most points, or the newest.  [default: as it was; best]",
)
@config_file
def assign(
    course: str,
    lab: Path,
    template: str | None,
    opens: str | None,
    due: str | None,
    cutoff: str | None,
    late_per_day: float,
    late_at_most: float,
    grace: int,
    attempts: int,
    per_day: int,
    held_back: bool | None,
    counts: Counts | None,
    config: Path,
) -> None:
    """Give the lab folder LAB to COURSE, or change its dates and limits.

    The folder stays where it is: it is read at each grading.
    """
    if template is not None and template.count("/") != 1:
        raise PushmarkError(f"--template: expected OWNER/NAME, got {template!r}", "take it from the address on GitHub")
    spec = load_lab(lab)
    schedule = Schedule(opens=_moment("--opens", opens), due=_moment("--due", due), cutoff=_moment("--cutoff", cutoff))
    policy = LatePolicy(per_day=late_per_day, at_most=late_at_most, grace=timedelta(minutes=grace))
    with opened(config) as database, database.session() as session:
        new = manage.assign(
            session,
            course,
            spec,
            schedule=schedule,
            policy=policy,
            attempts_total=attempts,
            attempts_per_day=per_day,
            held_back=held_back,
            counts=counts,
            by=whoami(),
            at=datetime.now(UTC),
            template=template,
        )
    click.echo(f"{spec.slug} is {'given to' if new else 'changed in'} {course}")


def _moment(option: str, given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        return datetime.fromisoformat(given)
    except ValueError:
        raise PushmarkError(
            f"{option}: {given!r} is no moment", "write it with its time zone: 2027-01-31T18:00+01:00, or ...Z for UTC"
        ) from None


@command.command("link")
@click.argument("course")
@click.argument("lab")
@click.argument("learner")
@click.argument("repository", metavar="OWNER/NAME")
@click.argument("pull", type=click.IntRange(min=1))
@config_file
def link(course: str, lab: str, learner: str, repository: str, pull: int, config: Path) -> None:
    """Say that pull request PULL of OWNER/NAME is LEARNER's submission of LAB; it is graded at once."""
    if repository.count("/") != 1:
        raise PushmarkError(f"expected OWNER/NAME, got {repository!r}", "take it from the repository's address")
    with opened(config) as database, database.session() as session:
        manage.link(session, course, lab, learner, repository=repository, pull=pull, by=whoami(), at=datetime.now(UTC))
    click.echo(f"{repository} #{pull} is {learner}'s submission of {lab}")


@command.command("log")
@click.argument("course")
@config_file
def show_log(course: str, config: Path) -> None:
    """Print the event log of COURSE, and check its seal. Exit status 2 when an event was changed."""
    with opened(config) as database, database.reading() as session:
        entries = log.entries(session, find.course(session, course).id)
    for entry in entries:
        click.echo(f"{entry.number:>6}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.actor}: {entry.kind} {entry.data}")
    if (changed := broken(entries)) is not None:
        raise PushmarkError(
            f"event {changed} is not as it was written", "compare with a backup, and find out who could"
        )
    click.echo(f"{len(entries)} events, the seal holds")
