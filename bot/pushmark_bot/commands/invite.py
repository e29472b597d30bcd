"""`pushmark-bot course invite`: a link for each person on the roster."""

import csv
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from pushmark_graders.errors import PushmarkError

from pushmark_bot.commands.options import config_file, moment, whoami
from pushmark_bot.db.store import Database
from pushmark_bot.provision import invites
from pushmark_bot.provision.invites import Invite
from pushmark_bot.service.config import load

DAYS = 30


@click.command("invite")
@click.argument("course")
@click.argument("learners", nargs=-1, metavar="[LEARNERS]...")
@click.option("--until", metavar="MOMENT", help=f"When the invites end.  [default: in {DAYS} days]")
@click.option("--renew", is_flag=True, help="Make new ones for those who have one: the ones before are no good then.")
@click.option(
    "--csv", "file", type=click.Path(path_type=Path), help="Write identifier and link into this new file instead."
)
@config_file
def invite(
    course: str, learners: tuple[str, ...], until: str | None, renew: bool, file: Path | None, config: Path
) -> None:
    """Make an invite for everybody on the roster of COURSE who has none, or for LEARNERS.

    An invite is a link that makes a GitHub account that of the roster entry, once. It is shown once and not kept: send
    each to its person alone, with a mail merge for example.

    \b
    Example:
      pushmark-bot course invite ml-101 --csv invites.csv
    """  # fmt: skip
    settings = load(config)
    if not settings.public_url:
        raise PushmarkError("public_url is not set", "set it to where learners reach the server: https://HOST")
    at = datetime.now(UTC)
    if file is not None and file.exists():
        raise PushmarkError(f"{file} is there already", "name a new file: invites are told once, and it may hold some")
    database = Database(settings.database_url)
    try:
        database.require_newest()
        with database.session() as session:
            issued = invites.issue(
                session,
                course,
                learners,
                renew=renew,
                ends=moment("--until", until) or at + timedelta(days=DAYS),
                address=settings.public_url,
                by=whoami(),
                at=at,
            )
            if file is not None:
                _write(file, issued.invites)  # before they are kept: what cannot be told is not made
    finally:
        database.close()
    if file is None:
        for one in issued.invites:
            click.echo(f"{one.identifier}\t{one.link}")
    click.echo(
        f"{len(issued.invites)} made, {issued.invited_before} had one already, {issued.joined} have joined", err=True
    )


def _write(file: Path, made: Sequence[Invite]) -> None:
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["identifier", "link"])
            writer.writerows((one.identifier, one.link) for one in made)
    except OSError as error:
        raise PushmarkError(
            f"{file}: cannot be written: {error.strerror}", "name a file in a folder of yours"
        ) from None
