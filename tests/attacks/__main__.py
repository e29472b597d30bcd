"""Grades the corpus of hostile and honest submissions and prints what became of each: `python -m tests.attacks`."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import click
import msgspec
from pushmark_graders.worker.layers import LAYERS, Layer
from rich.console import Console

from tests.attacks import policies, selection, table
from tests.attacks.cases import Attack
from tests.attacks.judge import Case, Refused, Verdict, about
from tests.attacks.pool import Setting, Workers, judged, through

WRONG, CANNOT = 1, 3


class Progress:
    """Says on standard error which case is done and how many are left."""

    def __init__(self, total: int, what: str = "") -> None:
        self._total, self._what, self._done = total, what, 0

    def __call__(self, verdict: Verdict) -> None:
        self._done += 1
        said = "ok" if not verdict.faults else "FAILED: " + "; ".join(verdict.faults)[:300]
        click.echo(f"[{self._done}/{self._total}] {self._what}{verdict.case}: {said}", err=True)


@click.command(
    "python -m tests.attacks",
    epilog="Exit status: 0 when nothing changed, leaked, stayed behind or was a false positive; 1 when something did; "
    "2 for wrong usage; 3 when the sandbox is not what the policy asks for.",
)
@click.option("--fast", is_flag=True, help="A fixed few cases that stand for all classes: a minute.")
@click.option("--only", default="", metavar="TEXT", help="The cases with TEXT in their name, class or sentence.")
@click.option(
    "--policy",
    default=policies.usual(),
    show_default=True,
    type=click.Choice(["strict", "standard", "local"]),
    help="The sandbox to grade in.",
)
@click.option(
    "--without",
    "off",
    multiple=True,
    type=click.Choice(LAYERS),
    metavar="LAYER",
    help="Leave this layer off; may be repeated. See --list for the names.",
)
@click.option(
    "--workers",
    default="both",
    show_default=True,
    type=click.Choice(["both", *get_args(Workers)]),
    help="Forked from a process that has libraries imported, started anew, or every case on both.",
)
@click.option("--layers", is_flag=True, help="Leave each layer off in turn, and show what gets through only then.")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count(), show_default="cores", help="Cases at a time.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
@click.option("--list", "listed", is_flag=True, help="Only list the cases and the layers.")
def main(
    fast: bool,
    only: str,
    policy: str,
    off: tuple[Layer, ...],
    workers: str,
    layers: bool,
    jobs: int,
    as_json: bool,
    listed: bool,
) -> None:
    """Grade submissions that attack the grader, and honest ones that look as if they did.

    Each goes through the real command line on this machine. A hostile one must not score above its attack-free twin
    (twin oracle), tell nothing that is hidden (leak oracle) and leave nothing on the host (host oracle). An honest
    one must score exactly as outside the sandbox.

    \b
    Examples:
      python -m tests.attacks                      all of it, in this machine's best sandbox
      python -m tests.attacks --fast
      python -m tests.attacks --only daemon --workers warm
      python -m tests.attacks --without seccomp    how much does one layer matter?
      python -m tests.attacks --fast --layers      which layer stops what?
    """  # fmt: skip
    if sys.platform != "linux":
        click.echo("Workers are confined on Linux: run this there.", err=True)
        sys.exit(CANNOT)
    cases = selection.all_cases()
    cases = selection.only(selection.fast(cases) if fast else cases, only)
    if listed:
        _list(cases)
        return
    if not cases:
        raise click.UsageError(f"no case has {only!r} in its name, class or sentence")
    with TemporaryDirectory(prefix="pushmark-attacks-") as folder:
        Path(folder).chmod(0o711)  # a worker without a mount namespace must reach what lies below
        kinds = get_args(Workers) if workers == "both" else (workers,)
        settings = [Setting(Path(folder), policy, tuple(off), kind) for kind in kinds]
        try:
            good = _layers(cases, settings, jobs, as_json) if layers else _corpus(cases, settings, jobs, as_json)
        except Refused as refused:
            click.echo(f"Error: nothing can be judged here: {refused}", err=True)
            sys.exit(CANNOT)
    sys.exit(0 if good else WRONG)


def _list(cases: list[Case]) -> None:
    for case in cases:
        click.echo(f"{case.id:28} {case.kind:20} {about(case)}")
    click.echo("\nLayers, outermost first: " + ", ".join(LAYERS))


def _corpus(cases: list[Case], settings: list[Setting], jobs: int, as_json: bool) -> bool:
    """Every case with every kind of worker."""
    off = settings[0].off
    found: dict[Workers, list[Verdict]] = {}
    for setting in settings:
        tell = Progress(len(cases), f"{setting.workers}: ")
        verdicts = {}
        for verdict in judged(cases, setting, jobs):
            tell(verdict)
            verdicts[verdict.case] = verdict
        found[setting.workers] = [verdicts[case.id] for case in cases]
    if as_json:
        summaries = {kind: table.summary(verdicts) for kind, verdicts in found.items()}
        _print_json({"summary": summaries, "policy": settings[0].policy, "without": off, "cases": found})
    else:
        table.show(found, _console(), off)
    return not any(verdict.faults for verdicts in found.values() for verdict in verdicts)


def _layers(cases: list[Case], settings: list[Setting], jobs: int, as_json: bool) -> bool:
    """What gets through with nothing off is no merit of any layer, and fails the run."""
    hostile = [case for case in cases if isinstance(case, Attack)]
    before = _through(hostile, settings, jobs, "all layers")
    found: dict[Layer, dict[Workers, list[Verdict]] | str] = {}
    for layer in (layer for layer in LAYERS if layer not in settings[0].off):
        weaker = [replace(setting, off=(*setting.off, layer)) for setting in settings]
        try:
            found[layer] = _through(hostile, weaker, jobs, f"without {layer}")
        except Refused as refused:
            found[layer] = str(refused)
    if as_json:
        _print_json({"policy": settings[0].policy, "without": found, "with all": before})
    else:
        table.show_layers(found, before, _console())
    return not any(before.values())


def _through(hostile: list[Attack], settings: list[Setting], jobs: int, what: str) -> dict[Workers, list[Verdict]]:
    """By kind of worker, the cases that do harm."""
    return {
        setting.workers: through(hostile, setting, jobs, Progress(len(hostile), f"{what}, {setting.workers}: "))
        for setting in settings
    }


def _print_json(value: object) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def _console() -> Console:
    """As wide as the terminal; a log or a file takes long lines."""
    return Console() if sys.stdout.isatty() else Console(width=160)


if __name__ == "__main__":
    main()
