"""`pushmark-bot course ...`: what staff decide about a submission, as with commands on its pull request."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from pushmark_graders.errors import PushmarkError
from pushmark_graders.report.text import one_line

from pushmark_bot.commands.course import opened
from pushmark_bot.commands.options import config_file, whoami
from pushmark_bot.course.shown import days
from pushmark_bot.db import decisions, find
from pushmark_bot.slash import grammar


@click.command("override")
@click.argument("course")
@click.argument("lab")
@click.argument("learner")
@click.argument("task", type=click.IntRange(min=1))
@click.argument("points", type=float)
@click.argument("reason")
@config_file
def override(course: str, lab: str, learner: str, task: int, points: float, reason: str, config: Path) -> None:
    """Set LEARNER's POINTS of a TASK of LAB, whatever is graded; the learner reads the REASON."""
    with opened(config) as database, database.session() as session:
        found = find.submission(session, course, lab, learner)
        decisions.override(session, found, task, points, reason, by=whoami(), at=datetime.now(UTC))
    click.echo(f"{learner} has {points:g} points of task {task}")


@click.command("extend")
@click.argument("course")
@click.argument("lab")
@click.argument("learner")
@click.argument("time")
@config_file
def extend(course: str, lab: str, learner: str, time: str, config: Path) -> None:
    """Give LEARNER more TIME for LAB, such as 2d or 36h, on top of what they had."""
    extra = _time(time)
    with opened(config) as database, database.session() as session:
        where, whose = find.assignment(session, course, lab), find.person(session, course, learner)
        total = decisions.extend(session, where, whose, extra, by=whoami(), at=datetime.now(UTC))
    click.echo(f"{learner} has {days(total)} more for {lab}")


@click.command("freeze")
@click.argument("course")
@click.argument("lab")
@click.argument("learner")
@click.option("--off", is_flag=True, help="Take pushes again, also what was pushed in between.")
@config_file
def freeze(course: str, lab: str, learner: str, off: bool, config: Path) -> None:
    """Take no more pushes of LEARNER for LAB from now on, or take them again."""
    with opened(config) as database, database.session() as session:
        found = find.submission(session, course, lab, learner)
        change = decisions.thaw if off else decisions.freeze
        new = change(session, found, by=whoami(), at=datetime.now(UTC))
    if off:
        told = "is not frozen any more" if new else "was not frozen"
    else:
        told = "is frozen" if new else "was frozen already"
    click.echo(f"{learner}'s submission {told}")


@click.command("release")
@click.argument("course")
@click.argument("lab")
@click.argument("learner", required=False)
@config_file
def release(course: str, lab: str, learner: str | None, config: Path) -> None:
    """Show LEARNER, or everybody, what was held back of LAB."""
    with opened(config) as database, database.session() as session:
        if learner is None:
            where = find.assignment(session, course, lab)
            number = decisions.release_all(session, where, by=whoami(), at=datetime.now(UTC))
            told = f"{number} submissions are released, and nothing of {lab} is held back any more"
        else:
            found = find.submission(session, course, lab, learner)
            new = decisions.release(session, found, by=whoami(), at=datetime.now(UTC))
            told = f"{learner}'s result is released" if new else f"nothing of {learner}'s was held back"
    click.echo(told)


@click.command("appeals")
@click.argument("course")
@click.option("--all", "everything", is_flag=True, help="Those that were answered too.")
@config_file
def appeals(course: str, everything: bool, config: Path) -> None:
    """Print the appeals of COURSE that wait for an answer: points that staff set of the check's task."""
    with opened(config) as database, database.reading() as session:
        found = decisions.appeals(session, find.course(session, course))
    shown = [one for one in found if everything or not one.answered]
    for one in shown:
        click.echo(f"{one.at:%Y-%m-%d %H:%M}  {one.lab}  {one.learner} ({one.by})  {one.repository} #{one.pull}")
        click.echo(f"    {one.check}: {one_line(one.reason, 500)}")
        if one.answered:
            click.echo(f"    {one_line(one.answered, 700)}")
    click.echo(f"{len(shown)} appeals")


def _time(given: str) -> timedelta:
    found = grammar.time(given)
    if found is None:
        raise PushmarkError(f"{given!r} is no time", "write days or hours, such as 2d or 36h")
    return found
