"""`pushmark-bot regrade`: grades stored attempts anew, shows who moves, and stores it when asked to."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from pushmark_graders.errors import COULD_NOT_GRADE

from pushmark_bot.commands.options import config_file, whoami
from pushmark_bot.service.config import load

if TYPE_CHECKING:
    from pushmark_bot.gradebook.stored import Which


@click.command("regrade")
@click.argument("course")
@click.argument("lab")
@click.option(
    "--attempts",
    "which",
    type=click.Choice(["latest", "all"]),
    default="latest",
    show_default=True,
    help="The newest attempt of each learner and the one that counts, or all.",
)
@click.option("--apply", "store", is_flag=True, help="Store the new results, and let the server publish them.")
@click.option("--allow-lower", is_flag=True, help="Let a new result count where it is worse than the one before.")
@click.option(
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    metavar="NUMBER",
    help="Gradings at a time (default: one per core).",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
@config_file
def command(
    course: str,
    lab: str,
    which: "Which",
    store: bool,
    allow_lower: bool,
    jobs: int,
    as_json: bool,
    quiet: bool,
    config: Path,
) -> None:
    """Grade the stored attempts of LAB in COURSE anew, under the lab as it is now, and show who moves and why.

    Nothing changes unless --apply is given; the same call with it stores what was shown, without grading again. A
    learner keeps the better result of an attempt, unless --allow-lower is given. What staff set stays as it is. A
    run that was interrupted goes on where it was.

    Exit status: 0 all are graded anew, 2 wrong usage or a faulty lab, 3 some could not be; the others are.

    \b
    Examples:
      pushmark-bot regrade ml-101 gatecast-2-features
      pushmark-bot regrade ml-101 gatecast-2-features --apply
    """  # fmt: skip
    from pushmark_bot.gradebook.run import Asked, run  # noqa: PLC0415  (pytest, numpy and a database: not for --help)
    from pushmark_bot.gradebook.shown import show  # noqa: PLC0415

    asked = Asked(
        course=course, lab=lab, which=which, store=store, allow_lower=allow_lower, jobs=jobs, quiet=quiet, by=whoami()
    )
    summary = run(load(config), asked)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(summary)).decode())
    else:
        show(summary)
    if summary.not_regraded:
        click.get_current_context().exit(COULD_NOT_GRADE)
