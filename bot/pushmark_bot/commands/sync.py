"""`pushmark-bot course sync`: brings a corrected starter to every learner."""

import sys
from collections import Counter
from pathlib import Path

import click
from pushmark_graders.cli.console import counting
from pushmark_graders.errors import PushmarkError

from pushmark_bot.commands.options import config_file, whoami
from pushmark_bot.db import find, log
from pushmark_bot.github import GitHubError
from pushmark_bot.provision import rows, syncing
from pushmark_bot.provision.office import Office, opened
from pushmark_bot.service.config import load

INTERRUPTED = 130


@click.command("sync")
@click.argument("course")
@click.argument("lab")
@config_file
def sync(course: str, lab: str, config: Path) -> None:
    """Offer the newest commit of LAB's template to everybody who has accepted it in COURSE.

    Each gets a pull request with what was corrected, merged around their own changes. What both changed at the same
    place stays as the learner has it, and is shown in the pull request. It may be stopped and run again: nothing is
    offered twice.

    \b
    Example:
      pushmark-bot course sync ml-101 gatecast-2-features
    """  # fmt: skip
    with opened(load(config)) as office:
        bring(office, course, lab)


def bring(office: Office, course: str, lab: str) -> None:
    """Offer it to all. Raises PushmarkError when somebody could not be offered it, once all others were."""
    with office.database.reading() as session:
        found = find.assignment(session, course, lab)
        rows.ready_to_give(found)
        copies = syncing.copies(session, found)
        installation, template, number = found.course.installation or 0, found.template, found.course_id
    github = office.github(installation)
    syncer = syncing.Syncer(
        database=office.database,
        github=github,
        wanted=syncing.starter(github, template),
        lab=lab,
        wait=lambda writes: office.wait_for_writes(installation, writes),
        clock=office.clock.now,
    )
    results: Counter[str] = Counter()
    problems = []
    try:
        with counting(len(copies), quiet=False) as count:
            for copy in copies:
                try:
                    results[syncer.sync(copy)] += 1
                except GitHubError as trouble:
                    if trouble.status in (0, 401):
                        raise
                    problems.append(f"{copy.identifier}: {trouble.what}\n    Next: {trouble.next_step}")
                count.done(copy.identifier)
    except KeyboardInterrupt:
        click.echo("stopped; run it again to go on", err=True)
        sys.exit(INTERRUPTED)
    finally:
        if results["opened"]:
            with office.database.session() as session:
                data = {"lab": lab, "starter": syncer.tree, "opened": results["opened"]}
                log.append(session, number, at=office.clock.now(), actor=whoami(), kind="sync", data=data)
    click.echo(
        f"{results['opened']} pull requests opened; {results['there']} had it offered already, "
        f"{results['nothing']} have all of it"
    )
    if problems:
        raise PushmarkError("\n".join([f"{len(problems)} were not offered it", *problems]), "mend these, run it again")
