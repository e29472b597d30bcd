"""What does the sandbox cost? The same worker program, bare and confined: per layer, and all layers together.

One run is a worker's whole life without any learner code: from the call that starts it to its word that it is
ready, and then until it and everything of it is gone. Bare is the same program with every layer left off. Each
round runs every arrangement once, in an order of its own, so that a noisy neighbour hits all alike; figures are
medians, differences and ratios are medians over the pairs of one round. Beside wall time, which a busy machine
blurs, stands the processor time of the grader and all processes of the worker, which it blurs far less. A layer
that this machine does not have, or that only works with another one, is named and not timed.

    python benchmarks/sandbox.py [--rounds 30] [--json] [--check]
"""

import argparse
import json
import platform
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.worker import launcher
from pushmark_graders.worker.layers import LAYERS, Layer
from pushmark_graders.worker.policy import Policy

AIM_MS = 10.0
"""Milliseconds that all layers together may cost over a bare worker."""

BARE, ALL = "bare", "all layers"


@dataclass(frozen=True)
class Arrangement:
    """Which layers are left off, and which other arrangement its cost is told against."""

    name: str
    without: tuple[Layer, ...]
    against: str


@dataclass(frozen=True)
class Row:
    """One line of the table. Times are in milliseconds; the middle half of the differences lies from low to high."""

    name: str
    median: float
    against: str
    difference: float
    low: float
    high: float
    ratio: float
    processor: float
    """The difference in processor time."""


def arrangements(layers: Sequence[Layer]) -> list[Arrangement]:
    """Bare, everything, each of `layers` alone, and everything but each of them."""
    missing = tuple(layer for layer in LAYERS if layer not in layers)
    alone = [Arrangement(f"only {layer}", tuple(other for other in LAYERS if other != layer), BARE) for layer in layers]
    but = [Arrangement(f"all but {layer}", (*missing, layer), ALL) for layer in layers]
    return [Arrangement(BARE, LAYERS, BARE), Arrangement(ALL, missing, BARE), *alone, *but]


@dataclass(frozen=True)
class Life:
    """One worker's life: milliseconds of wall time and of processor time, and the layers that were in force."""

    wall: float
    processor: float
    layers: list[Layer]


def live(arrangement: Arrangement, submission: Path) -> Life:
    """Start a worker, wait for its word, end it."""
    policy = Policy(name="benchmark", without=arrangement.without)
    used, started = _processor(), time.perf_counter()
    launched, hello = launcher.begin(policy, submission, source=".").finish()
    launched.end()
    return Life((time.perf_counter() - started) * 1000.0, _processor() - used, hello.layers)


def _processor() -> float:
    """Milliseconds of processor time so far, of this process and of those that have ended below it."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both) * 1000.0


def available(submission: Path) -> tuple[list[Layer], dict[str, str]]:
    """The layers of this machine, and why the others cannot be timed."""
    layers = live(Arrangement(ALL, (), ALL), submission).layers
    return layers, {layer: "this machine does not have it" for layer in LAYERS if layer not in layers}


def possible(wanted: list[Arrangement], submission: Path) -> tuple[list[Arrangement], dict[str, str]]:
    """Those whose layers are in force exactly as asked, and why the others cannot be timed."""
    works, refused = [], {}
    for arrangement in wanted:
        asked = {layer for layer in LAYERS if layer not in arrangement.without}
        try:
            layers = live(arrangement, submission).layers
        except CouldNotGrade as error:
            refused[arrangement.name] = error.what.strip().splitlines()[-1][:100]
            continue
        if set(layers) == asked:
            works.append(arrangement)
        else:
            lost, more = sorted(asked - set(layers)), sorted(set(layers) - asked)
            refused[arrangement.name] = "; ".join(
                [f"{', '.join(lost)} needs others" if lost else "", f"{', '.join(more)} comes with it" if more else ""]
            ).strip("; ")
    return works, refused


def measure(works: list[Arrangement], rounds: int, submission: Path) -> dict[str, list[Life]]:
    """The lives of each arrangement, one a round."""
    lives: dict[str, list[Life]] = {arrangement.name: [] for arrangement in works}
    order, draw = list(works), random.Random(0)
    for number in range(rounds):
        draw.shuffle(order)
        for arrangement in order:
            lives[arrangement.name].append(live(arrangement, submission))
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return lives


def rows(works: list[Arrangement], lives: dict[str, list[Life]]) -> list[Row]:
    """The table: medians, and medians of the paired differences and ratios."""
    return [_row(arrangement, lives) for arrangement in works if arrangement.against in lives]


def _row(arrangement: Arrangement, lives: dict[str, list[Life]]) -> Row:
    pairs = list(zip(lives[arrangement.name], lives[arrangement.against], strict=True))
    differences = sorted(ours.wall - theirs.wall for ours, theirs in pairs)
    return Row(
        name=arrangement.name,
        median=statistics.median(ours.wall for ours, _ in pairs),
        against=arrangement.against,
        difference=statistics.median(differences),
        low=differences[len(differences) // 4],
        high=differences[-1 - len(differences) // 4],
        ratio=statistics.median(ours.wall / theirs.wall for ours, theirs in pairs),
        processor=statistics.median(ours.processor - theirs.processor for ours, theirs in pairs),
    )


def table(told: list[Row], not_timed: dict[str, str]) -> str:
    """The rows as text, dearest first within each group, and what was not timed."""
    lines = [
        f"{'worker':<28} {'median ms':>9} {'against':<10} {'difference ms':>13} {'middle half':>16} {'ratio':>6} "
        f"{'processor ms':>12}"
    ]
    for group in ("", "only ", "all but "):
        chosen = [row for row in told if (row.name in (BARE, ALL) if not group else row.name.startswith(group))]
        ordered = sorted(chosen, key=lambda row: -abs(row.processor)) if group else chosen
        lines += [
            f"{row.name:<28} {row.median:>9.1f} {row.against:<10} {row.difference:>+13.1f} "
            f"{row.low:>+7.1f}..{row.high:<+7.1f} {row.ratio:>6.2f} {row.processor:>+12.1f}"
            for row in ordered
        ]
    return "\n".join(lines + [f"not timed: {name} ({why})" for name, why in not_timed.items()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30, help="runs of each arrangement, interleaved (default 30)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--check", action="store_true", help=f"exit 1 when all layers cost more than {AIM_MS:g} ms")
    options = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("workers have layers on Linux only")
    with tempfile.TemporaryDirectory(prefix="pushmark-bench-") as folder:
        Path(folder).chmod(0o755)
        submission = Path(folder) / "submission"
        submission.mkdir(mode=0o755)
        (submission / "learner.py").write_text("def answer():\n    return 42\n")
        layers, not_timed = available(submission)
        works, refused = possible(arrangements(layers), submission)
        told = rows(works, measure(works, options.rounds, submission))
    together = next((row for row in told if row.name == ALL), None)
    if together is None or BARE not in {row.name for row in told}:
        sys.exit(f"a bare worker or one with all layers cannot be started here: {refused}")
    met = together.difference <= AIM_MS
    figure = f"all layers over a bare worker: {together.difference:+.1f} ms, {together.ratio:.2f} times"
    if options.json:
        machine = {"kernel": platform.release(), "machine": platform.machine(), "python": platform.python_version()}
        said = {"figure": figure, "milliseconds": round(together.difference, 2), "ratio": round(together.ratio, 3)}
        print(json.dumps({**said, "aim": AIM_MS, "met": met, "rounds": options.rounds, **machine,
                          "rows": [asdict(row) for row in told], "not_timed": not_timed | refused}))  # fmt: skip
    else:
        print(table(told, not_timed | refused))
        print(f"{figure} (aim: at most +{AIM_MS:g} ms, {'met' if met else 'missed'})")
    if options.check and not met:
        sys.exit(1)


if __name__ == "__main__":
    main()
