"""What a person reads: a row a case, a sentence for each fault, and for each kind of worker a line that sums up."""

from collections.abc import Iterator, Mapping, Sequence

from pushmark_graders.worker.layers import LAYERS, Layer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.attacks.judge import Verdict
from tests.attacks.policies import FOLLOW
from tests.attacks.pool import Workers

NOT_ASKED = "[dim]-[/]"
ByWorkers = Mapping[Workers, Sequence[Verdict]]
"""By kind of worker the verdicts on the same cases in the same order."""


def show(found: ByWorkers, console: Console, off: Sequence[Layer] = ()) -> None:
    """The table, the faults and the summaries."""
    table = Table(box=None, pad_edge=False)
    right = ("layers", *(f"{kind} s" for kind in found), "MiB")
    for name in ("case", "what it attempts", "twin", "leak", "host", *right):
        table.add_column(name, justify="right" if name in right else "left", no_wrap=name != "what it attempts")
    for of_case in zip(*found.values(), strict=True):
        first = of_case[0]
        table.add_row(
            escape(first.case),
            escape(first.about if first.hostile else f"Honest: {first.about}"),
            _mark(
                {kind: one.twin for kind, one in zip(found, of_case, strict=True)}, "held" if first.hostile else "same"
            ),
            _mark({kind: one.leak for kind, one in zip(found, of_case, strict=True)}, "none"),
            _mark({kind: one.host for kind, one in zip(found, of_case, strict=True)}, "clean"),
            f"{min(len(one.layers) for one in of_case)}/{len(LAYERS)}",
            *(f"{one.seconds:.1f}" for one in of_case),
            f"{max(one.memory_mb for one in of_case):.0f}",
        )
    console.print(table)
    console.print()
    for kind, verdicts in found.items():
        for line in faults(verdicts):
            console.print(f"{kind}: {line}", style="red", markup=False, soft_wrap=True)
    for line in remarks(found, off):
        console.print(line, markup=False, soft_wrap=True)
    for kind, verdicts in found.items():
        style = "bold red" if any(verdict.faults for verdict in verdicts) else "bold green"
        console.print(f"{kind} workers: {summary(verdicts)}", style=style, markup=False, soft_wrap=True)


def _mark(found: Mapping[Workers, list[str] | None], fine: str) -> str:
    """One word for all kinds of workers, or the kinds with which an oracle saw something."""
    failed = [kind for kind, told in found.items() if told]
    if failed:
        return f"[bold red]FAILED {' '.join(failed)}[/]"
    return NOT_ASKED if None in found.values() else f"[green]{fine}[/]"


def faults(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        for fault in verdict.faults:
            yield f"{verdict.case}: {fault}"


def remarks(found: ByWorkers, off: Sequence[Layer]) -> Iterator[str]:
    """What a reader must know of the sandbox to believe the summaries."""
    every = [verdict for verdicts in found.values() for verdict in verdicts]
    judged = [verdict for verdict in every if verdict.layers]
    missing = [layer for layer in LAYERS if layer not in off and any(layer not in verdict.layers for verdict in judged)]
    if off:
        yield f"Off on purpose: {', '.join(off)}."
    if missing:
        yield f"Not in force on this machine: {', '.join(missing)}. `pushmark doctor` says what to do."
    if unasked := sum(verdict.host is None for verdict in every):
        yield f"{unasked} gradings were judged by their score alone: the leak and host oracles need namespaces."
    if anew := [verdict.case for verdict in found.get("warm", ()) if verdict.workers == "cold"]:
        yield f"Given new workers in place of warm ones, for a module's name or a broken server: {', '.join(anew)}."


def summary(verdicts: Sequence[Verdict]) -> str:
    """One line; the numbers of the hostile half first."""
    hostile = [verdict for verdict in verdicts if verdict.hostile]
    honest = [verdict for verdict in verdicts if not verdict.hostile]
    return (
        f"{len(hostile)} hostile and {len(honest)} honest cases: {sum(bool(one.twin) for one in hostile)} changed, "
        f"{sum(bool(one.leak) for one in verdicts)} leaked, {sum(bool(one.host) for one in verdicts)} left behind, "
        f"{sum(bool(one.twin) for one in honest)} false positives"
    )


def show_layers(found: Mapping[Layer, ByWorkers | str], before: ByWorkers, console: Console) -> None:
    """For each layer, what gets through when it alone is off; a text where that cannot be tried."""
    already = {(kind, verdict.case) for kind, verdicts in before.items() for verdict in verdicts}
    table = Table("without", "gets through", "workers", "how", box=None, pad_edge=False)
    for off, of_layer in found.items():
        layer = f"{off} (and with it {', '.join(FOLLOW[off])})" if off in FOLLOW else off
        if isinstance(of_layer, str):
            table.add_row(layer, "[dim]not tried[/]", "", escape(f"nothing can be graded then: {of_layer[-150:]}"))
            continue
        new = [
            (kind, verdict)
            for kind, verdicts in of_layer.items()
            for verdict in verdicts
            if (kind, verdict.case) not in already
        ]
        for number, (kind, verdict) in enumerate(new):
            table.add_row("" if number else layer, escape(verdict.case), kind, escape(verdict.faults[0][:200]))
        if not new:
            table.add_row(layer, "[green]nothing[/]", "", "other layers stop all that it stops")
    console.print(table)
    if already:
        names = ", ".join(sorted(f"{case} ({kind})" for kind, case in already))
        console.print(f"Left out, since they get through all layers: {names}", style="red", markup=False)
