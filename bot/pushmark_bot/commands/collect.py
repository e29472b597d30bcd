"""`pushmark-bot course collect`: finds what was pushed in a whole course."""

from pathlib import Path

import click
from pushmark_graders.errors import PushmarkError

from pushmark_bot.commands.options import config_file
from pushmark_bot.db import find
from pushmark_bot.provision import collecting
from pushmark_bot.provision.collecting import Collected
from pushmark_bot.provision.office import Office, opened
from pushmark_bot.service.config import load


@click.command("collect")
@click.argument("course")
@click.argument("lab")
@config_file
def collect(course: str, lab: str, config: Path) -> None:
    """Find what was pushed for LAB in COURSE since the last time, and have it graded.

    It asks GitHub for the list of what was pushed to last, and about each that is on it: few requests, however large
    the course. The first time each submission is asked about. What it finds counts as pushed now, unless a webhook told
    of it before; a running `serve` grades it.

    \b
    Example:
      pushmark-bot course collect ml-101 gatecast-2-features
    """  # fmt: skip
    with opened(load(config)) as office:
        gather(office, course, lab)


def gather(office: Office, course: str, lab: str) -> int:
    """Find it; returns how many requests it took. Raises GitHubError; what was found stays found."""
    with office.database.reading() as session:
        found = find.assignment(session, course, lab)
        number, organisation, installation = found.id, found.course.organisation, found.course.installation
    if installation is None:
        raise PushmarkError(f"course {course} has no installation", "install the app on the organisation")
    github = office.github(installation)
    before = github.calls
    listing = collecting.listing(office.database, github, organisation, [number])
    new = 0

    def tell(one: Collected) -> None:
        nonlocal new
        new += one.new
        word = one.trouble or ("new" if one.new else "known")
        click.echo(f"{one.changed.identifier}\t{one.changed.repo}\t{one.sha[:12]}\t{word}")

    collecting.collect(office.database, github, listing, [number], clock=office.clock.now, tell=tell)
    calls = github.calls - before
    click.echo(f"{new} new of {len(listing.changed)} that were pushed to; {calls} requests", err=True)
    return calls
