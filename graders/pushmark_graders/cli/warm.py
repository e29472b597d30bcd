"""`pushmark warm`: keeps the libraries of labs loaded, so that other commands need not import them."""

import time
from contextlib import ExitStack, suppress
from pathlib import Path

import click
import msgspec

from pushmark_graders.errors import GRADED, CouldNotGrade, ExitCode, PushmarkError
from pushmark_graders.lab.spec import LabSpec, load_lab
from pushmark_graders.worker.pool import Pool, Unavailable

_LOOK_SECONDS = 1.0


@click.command("warm")
@click.argument("labs", type=click.Path(path_type=Path), nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for each server that is ready.")
def command(labs: tuple[Path, ...], as_json: bool) -> ExitCode:
    """Keep the libraries of LABS (default: the lab here) loaded until Ctrl-C.

    While this runs, `check`, `grade` and `regrade` on this machine take their workers from it, and answer in a
    fraction of a second. They find it by themselves, as the same user and with the same installation of Pushmark.
    `pushmark watch` does the same for the lab that it watches.

    Exit status: 0 when you end it, 2 wrong usage or a faulty lab, 3 this machine cannot have warm workers.

    \b
    Examples:
      pushmark warm                      in a learner's repository
      pushmark warm labs/* &             for all the labs of a course
    """
    specs = [load_lab(path) for path in labs or (Path(),)]
    wanted = _distinct(specs)
    with ExitStack() as ending, suppress(KeyboardInterrupt):
        pools = {libraries: ending.enter_context(Pool(libraries, offered=True)) for libraries in wanted}
        for pool in pools.values():
            pool.start()
        for libraries, pool in pools.items():
            _say(wanted[libraries], libraries, pool, as_json=as_json)
        while not any(pool.has_ended for pool in pools.values()):
            time.sleep(_LOOK_SECONDS)
        raise CouldNotGrade("a server ended by itself, most likely for want of memory", "start this again")
    return GRADED


def _distinct(specs: list[LabSpec]) -> dict[tuple[str, ...], list[str]]:
    """The labs by what they want imported: those that want the same share a server."""
    found: dict[tuple[str, ...], list[str]] = {}
    for spec in specs:
        if not spec.submission.preload:
            raise PushmarkError(
                f"{spec.root / 'lab.toml'}: submission.preload names no library, so there is nothing to keep loaded",
                "leave this lab out; its workers start as fast without",
            )
        found.setdefault(tuple(sorted(spec.submission.preload)), []).append(spec.slug)
    return found


def _say(labs: list[str], libraries: tuple[str, ...], pool: Pool, *, as_json: bool) -> None:
    started = time.monotonic()
    try:
        missing = pool.ready().missing
    except Unavailable as error:
        raise CouldNotGrade(f"{', '.join(labs)}: no warm workers: {error}", "see docs/reference/cli.md") from None
    seconds = round(time.monotonic() - started, 1)
    if missing:
        click.echo(f"{', '.join(labs)}: not installed here, so not loaded: {', '.join(missing)}", err=True)
    if as_json:
        told = {"labs": labs, "libraries": libraries, "missing": missing, "borrowed": pool.is_borrowed}
        click.echo(msgspec.json.encode(told))
        return
    how = "another command has them loaded already" if pool.is_borrowed else f"loaded in {seconds:g} s"
    click.echo(f"{', '.join(labs)}: {', '.join(libraries)}: {how}")
