"""What the benchmark programs share: interleaved runs of whole commands, medians, ratios, one last line."""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Side:
    """A command to time. `check` looks at what it left behind, so that a failed run is no fast run.

    `before` runs before it, untimed: it clears what an earlier run left.
    """

    name: str
    argv: list[str]
    env: Mapping[str, str]
    cwd: Path
    check: Callable[[subprocess.CompletedProcess[str]], None]
    before: Callable[[], None] = lambda: None


def arguments(about: str, *, runs: int) -> argparse.Namespace:
    """The options that every program has: --runs, --json and --check."""
    return parser(about, runs=runs).parse_args()


def parser(about: str, *, runs: int) -> argparse.ArgumentParser:
    """The same, for a program that has more of its own."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=runs, help=f"runs of each side, interleaved (default {runs})")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--check", action="store_true", help="exit 1 when the aim is missed")
    return parser


def interleave(sides: list[Side], runs: int) -> dict[str, list[float]]:
    """Seconds of wall time of each side, run in turn so that a noisy neighbour hits all alike.

    A first round warms up; with 0 runs it is the only one, and its times are told.
    """
    seconds: dict[str, list[float]] = {side.name: [] for side in sides}
    for number in range(runs + 1):
        for side in sides:
            side.before()
            started = time.perf_counter()
            done = subprocess.run(side.argv, env=side.env, cwd=side.cwd, capture_output=True, text=True, check=False)
            elapsed = time.perf_counter() - started
            side.check(done)
            if number or not runs:
                seconds[side.name].append(elapsed)
            print(f"run {number} of {runs}: {side.name} {elapsed:.2f} s", file=sys.stderr)
    return seconds


@dataclass(frozen=True)
class Figure:
    """A ratio, and what it shall be at most."""

    name: str
    ratio: float
    aim: float

    @property
    def met(self) -> bool:
        return self.ratio <= self.aim

    def line(self) -> str:
        return f"{self.name}: {self.ratio:.2f} (aim: at most {self.aim:g}, {'met' if self.met else 'missed'})"


def finish(figures: list[Figure], seconds: dict[str, list[float]], options: argparse.Namespace) -> None:
    """Print the medians and, last, the figures; with --check, exit 1 when one is over its aim."""
    medians = {name: round(statistics.median(values), 3) for name, values in seconds.items()}
    if options.json:
        told = [{"figure": one.name, "ratio": round(one.ratio, 3), "aim": one.aim, "met": one.met} for one in figures]
        print(json.dumps({"figures": told, "seconds": medians}))
    else:
        for name, median in medians.items():
            print(f"{name}: median {median:.3f} s of {len(seconds[name])} runs")
        print("\n".join(one.line() for one in figures))
    if options.check and not all(one.met for one in figures):
        sys.exit(1)


def paired_ratio(seconds: dict[str, list[float]], over: str, under: str) -> float:
    """Median of the ratios within each pair of runs: steadier than a ratio of medians on a shared machine."""
    return statistics.median(a / b for a, b in zip(seconds[over], seconds[under], strict=True))
