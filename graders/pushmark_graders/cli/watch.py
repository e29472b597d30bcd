"""`pushmark watch`: a learner's public checks at every save, within a fraction of a second."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pushmark_graders.cli import options
from pushmark_graders.cli.check import check_task, practice
from pushmark_graders.errors import GRADED, ExitCode, broken
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.worker.policy import load

if TYPE_CHECKING:
    from pushmark_graders.grading.job import Job


@click.command("watch")
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option("--task", type=int, help="Only the checks of this task.")
@options.policy("local", "How far your code is confined.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for each run.")
def command(path: Path, task: int | None, policy: str, as_json: bool) -> ExitCode:
    """Run the public checks of the lab in PATH (default: here) now, and again whenever a file is saved.

    A verdict is always about the files as they are: one that is not known yet shows as dots. What did not pass
    the last time runs first, and a save that comes while checks run starts them anew. Ctrl-C ends it.

    Exit status: 0 when you end it, 2 wrong usage or a lab that is faulty from the start. What is wrong later is
    shown, and watching goes on.

    \b
    Examples:
      pushmark watch                 a table that is kept up to date
      pushmark watch --task 2        only task 2, while you work on it
    """
    asked = load(policy)

    def job() -> "Job":
        spec = load_lab(path)
        check_task(spec, task)
        return practice(spec, path, asked, task=task)

    job()  # what is wrong from the start ends the command, as it ends `pushmark check`
    from pushmark_graders.watching import loop, show  # noqa: PLC0415  (pytest, numpy and rich: not for --help)

    with ExitStack() as ending:
        suited = show.suited(as_json=as_json, file=sys.stdout)
        if isinstance(suited, show.Screen):
            ending.enter_context(suited)
        loop.watch(path, job, suited, broken)
    return GRADED
