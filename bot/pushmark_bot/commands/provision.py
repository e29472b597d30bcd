"""`pushmark-bot course provision`: makes learners' repositories."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from pushmark_graders.cli.console import Count, counting
from pushmark_graders.errors import PushmarkError

from pushmark_bot.commands.options import config_file, whoami
from pushmark_bot.db.tables import Provision
from pushmark_bot.provision import choosing, run
from pushmark_bot.provision.choosing import Chosen
from pushmark_bot.provision.office import Office, opened
from pushmark_bot.provision.run import Told
from pushmark_bot.service.config import load

INTERRUPTED = 130


@click.command("provision")
@click.argument("course")
@click.argument("lab")
@click.argument("learners", nargs=-1, metavar="[LEARNERS]...")
@click.option("--all", "everybody", is_flag=True, help="Everybody on the roster.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each thing that happens.")
@config_file
def provision(course: str, lab: str, learners: tuple[str, ...], everybody: bool, as_json: bool, config: Path) -> None:
    """Make the repositories of LAB for LEARNERS of COURSE, named as on the roster.

    Each is made from the lab's template, with its learner as collaborator and a Feedback pull request. It may be
    stopped at any moment (Ctrl-C) and run again: it goes on, and makes nothing twice. GitHub takes about 500 writes an
    hour, so that a large course takes a night.

    \b
    Example:
      pushmark-bot course provision ml-101 gatecast-2-features --all
    """  # fmt: skip
    with opened(load(config)) as office:
        make(office, course, lab, learners, everybody=everybody, as_json=as_json)


def make(
    office: Office, course: str, lab: str, learners: Sequence[str], *, everybody: bool, as_json: bool = False
) -> None:
    """Make them. Raises PushmarkError when somebody's could not be made, once all others are."""
    with office.database.session() as session:
        chosen = choosing.choose(
            session, course, lab, learners, everybody=everybody, by=whoami(), at=office.clock.now()
        )
    worker = office.provisioner()
    if chosen.asked:
        worker.check(chosen.installation, chosen.template)
        hours = chosen.writes / office.config.writes.per_hour
        click.echo(f"{len(chosen.asked)} to make, about {chosen.writes} writes: {hours:.1f} hours at most", err=True)
    done = 0
    try:
        with counting(len(chosen.asked), quiet=as_json) as count:

            def tell(told: Told) -> None:
                nonlocal done
                done += told.outcome.state == "done"
                _tell(office, told, count, as_json=as_json)

            summary = run.run(worker, chosen.asked, tell=tell, sleep=office.clock.sleep, clock=office.clock.now)
    except KeyboardInterrupt:
        left = len(chosen.asked) - done
        click.echo(f"stopped: {done} made, {left} left; run it again to go on", err=True)
        sys.exit(INTERRUPTED)
    _end(chosen, summary, as_json=as_json)


def _tell(office: Office, told: Told, count: Count, *, as_json: bool) -> None:
    outcome = told.outcome
    if as_json:
        click.echo(json.dumps(_line(office, told)))
    elif outcome.state == "done":
        count.done(told.learner)
    elif outcome.state == "paced":
        count.at(f"GitHub takes no more writes for {outcome.seconds:.0f} s")
    else:
        count.at(f"{told.learner}: {outcome.what or 'GitHub is filling the repository'}")


def _line(office: Office, told: Told) -> dict[str, object]:
    outcome = told.outcome
    line: dict[str, object] = {"learner": told.learner, "state": outcome.state}
    if outcome.state == "done":
        with office.database.reading() as session:
            row = session.get_one(Provision, told.number)
            line |= {"repository": row.repository, "pull": row.pull, "notes": row.notes}
    elif outcome.state in ("paced", "wait"):
        line["seconds"] = round(outcome.seconds, 1)
    else:
        line |= {"what": outcome.what, "next": outcome.next_step}
    return line


def _end(chosen: Chosen, summary: run.Summary, *, as_json: bool) -> None:
    if as_json:
        failed = [one.learner for one in summary.failed]
        said = {"made": summary.done, "there": chosen.there, "failed": failed, "without": list(chosen.without)}
        click.echo(json.dumps(said))
    else:
        click.echo(f"{summary.done} made, {chosen.there} were there already")
    problems = [f"{one.learner}: {one.outcome.what}\n    Next: {one.outcome.next_step}" for one in summary.failed]
    if chosen.without:
        problems.append(f"no GitHub account yet: {', '.join(chosen.without)}\n    Next: {choosing.NEXT_WITHOUT}")
    if problems:
        many = len(summary.failed) + len(chosen.without)
        raise PushmarkError("\n".join([f"{many} have no repository", *problems]), "mend these, and run it again")
