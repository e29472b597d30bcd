"""Do the leak probes find every leak, by name, and accuse nobody? GateCast 2's mutants and honest solutions.

Each is probed as the lab's hidden checks do, on three days of November and December that the seed draws: as of the call
(18 moments), with the rows' own outcome blank (9 hours), and in another order. A mutant must be caught by the gate, the
as-of probe, in every seed, and its own column must be named; an honest solution must stay still in every probe.

    python benchmarks/leakage.py [--seeds 20] [--json] [--check]
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import gatecast_lab
from pushmark_graders.checks.leakage import Build, Leak, as_of_probe, blank_probe, order_probe, scan_columns

LEAKS = {
    "own-delay": "dep_delay",
    "own-times": "air_time",
    "as-of-departure": "airport_delay",
    "as-of-an-hour-after": "airport_delay",
    "same-hour-mean": "hour_mean",
    "aircraft-day-encoding": "aircraft_day",
    "destination-encoding": "destination_rate",
    "weather-of-departure": "weather_temp",
    "last-row-of-the-file": "row_before",
}
"""Mutants that leak in `build`, and a column of each that does."""
DAYS, MOMENTS, HOURS = 3, 6, 3


@dataclass
class Probed:
    """What the probes found in one submission: in how many seeds, which columns, how long a probe took."""

    caught: dict[str, int] = field(default_factory=lambda: {"as-of": 0, "blank": 0, "order": 0})
    named: int = 0
    columns: set[str] = field(default_factory=set)
    shares: list[float] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"as-of": [], "blank": [], "order": []})
    strongest: float = 0.0

    def row(self) -> dict[str, Any]:
        return {
            **self.caught,
            "named": self.named,
            "columns": sorted(self.columns),
            "share": statistics.mean(self.shares) if self.shares else 0.0,
            "seconds": {name: statistics.median(taken) for name, taken in self.seconds.items()},
            "strongest_column": self.strongest,
        }


def probes(world: ModuleType, raw: Any, build: Build, seed: int) -> dict[str, Callable[[], list[Leak]]]:
    """The three probes of the hidden checks, each until it finds something."""
    slices = world.slices(raw, days=DAYS, each=MOMENTS, seed=seed)
    days = [(day, world.days_until(raw, day)) for day in world.some_days(raw, DAYS, seed)]

    def as_of() -> list[Leak]:
        found = (as_of_probe(build, cut, world.KNOWN, world.ASKED, at) for cut, at in slices)
        return next(filter(None, found), [])

    def blank() -> list[Leak]:
        found = (
            blank_probe(build, cut, world.KNOWN, world.ASKED, world.blank_times(cut, day, HOURS, seed))
            for day, cut in days
        )
        return next(filter(None, found), [])

    def order() -> list[Leak]:
        return next(filter(None, (order_probe(build, cut, world.ASKED, seed=seed) for _, cut in days)), [])

    return {"as-of": as_of, "blank": blank, "order": order}


def probed(lab: ModuleType, world: ModuleType, name: str, seeds: int) -> Probed:
    raw, result = lab.HIDDEN.tables(), Probed()
    with lab.modules(*lab.layers_of(name)) as code:
        build = code.features.build
        for seed in range(seeds):
            for probe, find in probes(world, raw, build, seed).items():
                started = time.process_time()
                leaks = find()
                result.seconds[probe].append(time.process_time() - started)
                result.caught[probe] += bool(leaks)
                if leaks and probe == "as-of":
                    result.columns |= {leak.column for leak in leaks}
                    result.named += LEAKS.get(name) in {leak.column for leak in leaks}
                    result.shares.append(leaks[0].share)
        flights = raw["flights"].tail(20_000)
        late = lab.HIDDEN.late(flights).reset_index(drop=True)
        table = build(raw).loc[flights["flight_id"]].reset_index(drop=True)
        result.strongest = max(one.strength for one in scan_columns(table, late, above=0.0))
    print(f"{name}: as-of {result.caught['as-of']} of {seeds} seeds", file=sys.stderr)
    return result


def faults(rows: dict[str, Probed], honest: list[str], seeds: int) -> list[str]:
    """False alarms, misses and leaks that were not named, as sentences."""
    said = []
    for name, row in rows.items():
        if name in honest:
            said += [f"{name} is accused by the {probe} probe" for probe, count in row.caught.items() if count]
        else:
            said += [f"{name} is missed in {seeds - row.caught['as-of']} seeds"] * (row.caught["as-of"] < seeds)
            said += [f"{name}: {LEAKS[name]} is not named in some seed"] * (row.named < row.caught["as-of"])
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="draws of days and moments (default 20)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--check", action="store_true", help="exit 1 for a miss or a false alarm")
    options = parser.parse_args()
    lab, world = gatecast_lab.measure(), gatecast_lab.world()
    honest = ["solution", *lab.HONEST]
    rows = {name: probed(lab, world, name, options.seeds) for name in (*honest, *LEAKS)}
    problems = faults(rows, honest, options.seeds)
    if options.json:
        print(json.dumps({"seeds": options.seeds, "faults": problems, "rows": {n: r.row() for n, r in rows.items()}}))
    else:
        show(rows, options.seeds)
        print("\n".join(problems) or f"no miss, no false alarm, in {options.seeds} seeds")
    if options.check and problems:
        sys.exit(1)


def show(rows: dict[str, Probed], seeds: int) -> None:
    print(f"Caught in how many of {seeds} seeds; CPU seconds of a probe, median; the strongest single column's AUC:\n")
    print("| submission | as-of | columns | share of rows | blank | order | as-of s | blank s | order s | AUC |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, probed_row in rows.items():
        row = probed_row.row()
        columns = ", ".join(row["columns"][:2]) + (", ..." if len(row["columns"]) > 2 else "")
        taken = " | ".join(f"{row['seconds'][probe]:.2f}" for probe in ("as-of", "blank", "order"))
        told = f"{row['as-of']} | {columns} | {row['share']:.0%} | {row['blank']} | {row['order']}"
        print(f"| {name} | {told} | {taken} | {row['strongest_column']:.2f} |")


if __name__ == "__main__":
    main()
