"""What a person reads: a row a case, a sentence for each fault, a line that sums up."""

from collections.abc import Iterator, Sequence

from pushmark_graders.worker.layers import LAYERS, Layer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.attacks.judge import Verdict
from tests.attacks.policies import FOLLOW

NOT_ASKED = "[dim]-[/]"


def show(verdicts: Sequence[Verdict], console: Console, off: Sequence[Layer] = ()) -> None:
    """The table, the faults and the summary."""
    table = Table(box=None, pad_edge=False)
    for name in ("case", "what it attempts", "twin", "leak", "host", "layers", "seconds", "MiB"):
        right = name in ("layers", "seconds", "MiB")
        table.add_column(name, justify="right" if right else "left", no_wrap=name != "what it attempts")
    for verdict in verdicts:
        table.add_row(
            escape(verdict.case),
            escape(verdict.about if verdict.hostile else f"Honest: {verdict.about}"),
            _mark(verdict.twin, "same" if not verdict.hostile else "held"),
            _mark(verdict.leak, "none"),
            _mark(verdict.host, "clean"),
            f"{len(verdict.layers)}/{len(LAYERS)}",
            f"{verdict.seconds:.1f}",
            f"{verdict.memory_mb:.0f}",
        )
    console.print(table)
    console.print()
    for line in faults(verdicts):
        console.print(line, style="red", markup=False, soft_wrap=True)
    for line in remarks(verdicts, off):
        console.print(line, markup=False, soft_wrap=True)
    bad = any(verdict.faults for verdict in verdicts)
    console.print(summary(verdicts), style="bold red" if bad else "bold green", markup=False, soft_wrap=True)


def _mark(found: list[str] | None, fine: str) -> str:
    if found is None:
        return NOT_ASKED
    return "[bold red]FAILED[/]" if found else f"[green]{fine}[/]"


def faults(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        for fault in verdict.faults:
            yield f"{verdict.case}: {fault}"


def remarks(verdicts: Sequence[Verdict], off: Sequence[Layer]) -> Iterator[str]:
    """What a reader must know of the sandbox to believe the summary."""
    judged = [verdict for verdict in verdicts if verdict.layers]
    missing = [layer for layer in LAYERS if layer not in off and any(layer not in verdict.layers for verdict in judged)]
    if off:
        yield f"Off on purpose: {', '.join(off)}."
    if missing:
        yield f"Not in force on this machine: {', '.join(missing)}. `pushmark doctor` says what to do."
    if unasked := sum(verdict.host is None for verdict in verdicts):
        yield f"{unasked} cases were judged by their score alone: the leak and host oracles need namespaces."


def summary(verdicts: Sequence[Verdict]) -> str:
    """One line; the numbers of the hostile half first."""
    hostile = [verdict for verdict in verdicts if verdict.hostile]
    honest = [verdict for verdict in verdicts if not verdict.hostile]
    return (
        f"{len(hostile)} hostile and {len(honest)} honest cases: {sum(bool(one.twin) for one in hostile)} changed, "
        f"{sum(bool(one.leak) for one in verdicts)} leaked, {sum(bool(one.host) for one in verdicts)} left behind, "
        f"{sum(bool(one.twin) for one in honest)} false positives"
    )


def show_layers(found: dict[Layer, list[Verdict] | str], before: Sequence[Verdict], console: Console) -> None:
    """For each layer, what gets through when it alone is off; a text where that cannot be tried."""
    already = {verdict.case for verdict in before}
    table = Table("without", "gets through", "how", box=None, pad_edge=False)
    for off, verdicts in found.items():
        layer = f"{off} (and with it {', '.join(FOLLOW[off])})" if off in FOLLOW else off
        if isinstance(verdicts, str):
            table.add_row(layer, "[dim]not tried[/]", escape(f"nothing can be graded then: {verdicts[-150:]}"))
            continue
        new = [verdict for verdict in verdicts if verdict.case not in already]
        for number, verdict in enumerate(new):
            table.add_row("" if number else layer, escape(verdict.case), escape(verdict.faults[0][:200]))
        if not new:
            table.add_row(layer, "[green]nothing[/]", "other layers stop all that it stops")
    console.print(table)
    if already:
        names = ", ".join(sorted(already))
        console.print(f"Left out, since they get through all layers: {names}", style="red", markup=False)
