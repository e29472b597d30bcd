"""`pushmark-bot course archive`: closes learners' repositories when a course is over."""

import sys
from pathlib import Path

import click
from pushmark_graders.cli.console import counting
from pushmark_graders.errors import PushmarkError

from pushmark_bot.commands.options import config_file, whoami
from pushmark_bot.provision import archiving
from pushmark_bot.provision.office import Office, opened
from pushmark_bot.service.config import load

INTERRUPTED = 130


@click.command("archive")
@click.argument("course")
@click.argument("lab", required=False)
@click.option("--undo", is_flag=True, help="Open them again.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_file
def archive(course: str, lab: str | None, undo: bool, yes: bool, config: Path) -> None:
    """Archive the repositories of COURSE, or of its LAB alone.

    Learners can read them and push no more, and the bot leaves them alone. Nothing is deleted, and --undo takes it
    back.

    \b
    Example:
      pushmark-bot course archive ml-101
    """  # fmt: skip
    with opened(load(config)) as office:
        put_away(office, course, lab, undo=undo, ask=not yes)


def put_away(office: Office, course: str, lab: str | None, *, undo: bool, ask: bool) -> None:
    """Archive them, or open them again. Raises GitHubError; what is done stays done."""
    with office.database.reading() as session:
        found, installation = archiving.shelved(session, course, lab, undo=undo)
    verb = "open again" if undo else "archive"
    if not found:
        click.echo(f"nothing to {verb}")
        return
    if installation is None:
        raise PushmarkError(f"course {course} has no installation", "install the app on the organisation")
    if ask:
        click.confirm(f"{verb} {len(found)} repositories of {lab or course}?", abort=True)
    github = office.github(installation)
    done = 0
    try:
        with counting(len(found), quiet=False) as count:
            for one in found:
                office.wait_for_writes(installation, 1)
                archiving.archive(office.database, github, one, undo=undo, by=whoami(), at=office.clock.now())
                done += 1
                count.done(one.repo)
    except KeyboardInterrupt:
        click.echo(f"stopped: {done} done, {len(found) - done} left; run it again to go on", err=True)
        sys.exit(INTERRUPTED)
    click.echo(f"{done} repositories are {'open again' if undo else 'archived'}")
