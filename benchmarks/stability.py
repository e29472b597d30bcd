"""Does the same commit get the same verdicts each time? Graded again and again, on a quiet machine and beside a hog.

The solution of a lab (or any other submission of it) is graded by `pushmark grade`, hidden checks and metrics
included: in turn as the machine is, and with a process on each processor that computes all the time, at the same
priority. The state of each check, the points and the measurement of each metric, and what each budget says must be the
same in all runs. A grading that our side gives up (`ungraded`) costs a learner nothing: it is counted, and is no flip.

    python benchmarks/stability.py [--runs 50] [--lab labs/gatecast-1-ingest] [--submission solution] [--json] [--check]
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measure
from pushmark_graders import load
from pushmark_graders.lab.build import rendered
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.lab.variants import materialise, variants

PUSHMARK = str(Path(sys.executable).with_name("pushmark"))
ROOT = Path(__file__).resolve().parents[1]
UNGRADED = 3
QUIET, BUSY = "quiet", "busy"
Verdicts = Mapping[str, str]


@dataclass(frozen=True)
class Run:
    """One grading; `verdicts` is None where it was not graded."""

    load: str
    seconds: float
    verdicts: Verdicts | None


def verdicts_of(report: Mapping[str, Any]) -> Verdicts:
    """What must not differ: each check's state, each metric's points and measurement, each budget's state."""
    checks = {check["id"]: check["state"] for task in report["tasks"] for check in task["checks"]}
    metrics = {one["name"]: f"{one['points']:g} points, measured {one['measured']}" for one in report["metrics"]}
    budgets = {f"budget of {one['check']}": one["state"] for one in report.get("budgets", [])}
    return checks | metrics | budgets | {"score": f"{report['score']['points']:g} of {report['score']['max']:g}"}


def flips(runs: Sequence[Run]) -> dict[str, dict[str, int]]:
    """The verdicts that are not the same in all graded runs, with what they were how often."""
    graded = [run.verdicts for run in runs if run.verdicts is not None]
    names = dict.fromkeys(name for verdicts in graded for name in verdicts)
    said = {name: Counter(verdicts.get(name, "missing") for verdicts in graded) for name in names}
    return {name: dict(counts.most_common()) for name, counts in said.items() if len(counts) > 1}


def grade_once(lab: Path, folder: Path, at_load: str) -> Run:
    argv = [PUSHMARK, "grade", str(lab), str(folder), "--json", "--quiet"]
    with load.busy(niceness=0) if at_load == BUSY else contextlib.nullcontext():
        started = time.perf_counter()
        done = subprocess.run(argv, env=os.environ, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - started
    if done.returncode == UNGRADED:
        return Run(at_load, seconds, None)
    if done.returncode != 0:
        sys.exit(f"pushmark grade ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    report = json.loads(done.stdout)
    return Run(at_load, seconds, verdicts_of(report) if report["status"] == "graded" else None)


def grade_all(lab: Path, name: str, count: int) -> list[Run]:
    """`count` gradings of each kind, in turn."""
    spec = load_lab(lab)
    chosen = next((one for one in variants(spec) if one.name == name), None)
    if chosen is None:
        sys.exit(f"{lab} has no submission {name}: try solution, honest/NAME or mutants/NAME")
    runs: list[Run] = []
    with tempfile.TemporaryDirectory(prefix="pushmark-bench-") as scratch:
        folder = materialise(chosen.layers, rendered(spec).template, Path(scratch, "submission"))
        started = time.perf_counter()
        for number in range(1, count + 1):
            for at_load in (QUIET, BUSY):
                runs.append(grade_once(lab, folder, at_load))
                left = (time.perf_counter() - started) / len(runs) * (2 * count - len(runs))
                state = "graded" if runs[-1].verdicts is not None else "ungraded"
                said = (
                    f"run {number} of {count}, {at_load}: {state} in {runs[-1].seconds:.1f} s, about {left:.0f} s left"
                )
                print(said, file=sys.stderr)
    return runs


def main() -> None:
    parser = measure.parser(__doc__ or "", runs=50)
    parser.add_argument("--lab", type=Path, default=ROOT / "labs" / "gatecast-1-ingest", help="the lab")
    parser.add_argument("--submission", default="solution", help="which of what the lab ships (default solution)")
    options = parser.parse_args()
    runs = grade_all(options.lab, options.submission, options.runs)
    flipped = flips(runs)
    ungraded = {kind: sum(run.verdicts is None for run in runs if run.load == kind) for kind in (QUIET, BUSY)}
    medians = {kind: statistics.median(run.seconds for run in runs if run.load == kind) for kind in (QUIET, BUSY)}
    every = {name for run in runs if run.verdicts is not None for name in run.verdicts}
    if options.json:
        told = {"runs": options.runs, "verdicts": len(every), "flips": flipped, "ungraded": ungraded}
        print(json.dumps(told | {"seconds": {kind: round(seconds, 2) for kind, seconds in medians.items()}}))
    else:
        for kind in (QUIET, BUSY):
            print(f"{kind}: {options.runs} runs, {ungraded[kind]} ungraded, median {medians[kind]:.1f} s")
        for name, counts in flipped.items():
            print(f"{name}: " + ", ".join(f"{what} {times} times" for what, times in counts.items()))
        aim = "met" if every and not flipped else "missed"
        print(f"verdicts that flipped: {len(flipped)} of {len(every)} (aim: none, {aim})")
    if options.check and (flipped or not every):
        sys.exit(1)


if __name__ == "__main__":
    main()
