"""Is the budget of the lab GateCast 5 safe? Its starter and its solution, measured again and again as a grading does.

Each run starts the services anew, asks them the questions of the lab's own check in turns, and takes the ratio of
their processor time per answer, and of the 95th percentiles of their latency. The starter is also compared with
itself. A threshold that lies within a few spreads of either would pass or fail by luck; the spread is the standard
deviation over the runs.

    python benchmarks/latency_lab.py [--runs 10] [--json] [--check]
"""

import contextlib
import json
import runpy
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measure
from pushmark_graders.checks.budget import cpu_ratio, wall_ratio
from pushmark_graders.grading.budgets import Budget
from pushmark_graders.grading.training import train
from pushmark_graders.lab.build import rendered
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.lab.variants import materialise
from pushmark_graders.submission.proxy import Connection, Submission
from pushmark_graders.worker.policy import load

LAB = Path(__file__).resolve().parents[1] / "labs" / "gatecast-5-deploy"
THRESHOLDS = {"CPU per answer": (1 / 20, 1 / 40), "latency, 95th percentile": (1 / 10,)}
SPREADS = 5.0
EACH = 4
NAMED: list[tuple[str, list[Path]]] = [
    ("solution", [LAB / "solution"]),
    ("starter", []),
    ("again", []),
]


@dataclass(frozen=True)
class Threshold:
    """A bound on a ratio, and how many spreads it is away from what the solution and the starter reach."""

    name: str
    bound: float
    from_solution: float
    from_starter: float

    @property
    def is_safe(self) -> bool:
        return min(self.from_solution, self.from_starter) >= SPREADS


@contextlib.contextmanager
def sides(root: Path) -> Iterator[tuple[Submission, Submission, Submission, Path]]:
    """The trained solution, the starter twice, and the folder of the raw tables."""
    spec, policy = load_lab(LAB), load("standard")
    base = rendered(spec)
    folders = [materialise(layers, base.template, root / name) for name, layers in NAMED]
    for folder in folders:
        shutil.copytree(base.data, folder / "data" / "raw", dirs_exist_ok=True)
    result, _ = train(spec.training, policy, folders[0], print) if spec.training else (None, None)
    if result is None or result.state != "completed":
        sys.exit(f"the solution's pipeline did not complete: {result}")
    connections = [Connection(policy, folder, source=spec.submission.source, alone=True) for folder in folders]
    try:
        solution, starter, again = map(Submission, connections)
        yield solution, starter, again, base.data
    finally:
        for connection in connections:
            connection.end()


def ratios(mine: Submission, starter: Submission, golden: Any, questions: list[Any]) -> dict[str, float]:
    """Of a fresh start of both: a service that has ended is not the one that is asked next."""
    one, other = (side.service(golden["APP"]) for side in (mine, starter))
    found = Budget("", lambda _row: None, {}).measure(golden["ask"], one, other, questions, each=EACH)
    for service in (one, other):
        service.end()
    return {"CPU per answer": cpu_ratio(found).ratio, "latency, 95th percentile": wall_ratio(found, 0.95).ratio}


def judge(name: str, bound: float, solution: list[float], starter: list[float]) -> Threshold:
    """How far `bound` is from the median ratio of each, in standard deviations of that ratio over the runs."""
    away = [
        abs(bound - statistics.median(values)) / max(statistics.stdev(values), 1e-12) for values in (solution, starter)
    ]
    right = statistics.median(solution) < bound < statistics.median(starter)
    return Threshold(name, bound, *(away if right else (0.0, 0.0)))


def main() -> None:
    options = measure.arguments(__doc__ or "", runs=10)
    golden = runpy.run_path(str(LAB / "checks" / "golden.py"))
    with tempfile.TemporaryDirectory(prefix="pushmark-bench-") as folder:
        Path(folder).chmod(0o755)
        with sides(Path(folder)) as (solution, starter, again, data):
            asked, _ = golden["draw"](golden["raw_tables"](data), days=4, each=16, seed=5)
            questions = golden["bodies"](asked)
            mine = [ratios(solution, starter, golden, questions) for _ in range(options.runs)]
            same = [ratios(again, starter, golden, questions) for _ in range(options.runs)]
    columns = {name: ([run[name] for run in mine], [run[name] for run in same]) for name in THRESHOLDS}
    found = [judge(name, bound, *columns[name]) for name, bounds in THRESHOLDS.items() for bound in bounds]
    if options.json:
        told = [{**vars(one), "safe": one.is_safe} for one in found]
        print(json.dumps({"runs": options.runs, "ratios": columns, "thresholds": told}))
    else:
        report(columns, found)
    if options.check and not all(one.is_safe for one in found):
        sys.exit(1)


def report(columns: dict[str, tuple[list[float], list[float]]], found: list[Threshold]) -> None:
    for name, both in columns.items():
        for side, values in zip(("solution", "starter"), both, strict=True):
            print(f"{name}, {side} / starter: {' '.join(f'{value:.4f}' for value in values)}")
            print(f"  median {statistics.median(values):.4f}, spread {statistics.stdev(values):.4f}")
    for one in found:
        print(
            f"{one.name}, at most {one.bound:g}: {one.from_solution:.0f} spreads from the solution, "
            f"{one.from_starter:.0f} from the starter (aim: at least {SPREADS:g}, {'met' if one.is_safe else 'missed'})"
        )


if __name__ == "__main__":
    main()
