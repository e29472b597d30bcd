"""What does a whole cohort cost? Seconds a submission of the same 20 checks, with other graders and `pushmark regrade`.

The checks and the learner's module are those of `overhead.py`: scikit-learn and torch. Each submission differs in
a comment, so none is finished before. Every grader must give full marks to every submission in every run, or the
benchmark stops. All use all cores where they can, with one thread each (OMP_NUM_THREADS=1):

    bare pytest     one process a submission, as many at a time as cores; in our own environment, where
                    scikit-learn finds pandas and imports it too
    otter-grader    one `otter run` a submission, as many at a time as cores (`otter grade` needs containers)
    nbgrader        one `nbgrader autograde` for all, which uses one core: it has no parallel way
    check50         one `check50 --dev` a submission with one worker, as many at a time as cores

`peer_graders/*.py` says more of how each is set up. Peers are installed on first use, each with the libraries of
the checks into an environment of its own; one that cannot be is skipped and said to be unavailable. Ratios are
medians over pairs of runs, theirs over ours. Others start anew for each submission, so a small cohort tells all; we
import the libraries once, which a class shares, so ours has 100. A run of ours begins with no process of an earlier
one, unless Pushmark itself leaves one.

Two more figures are ours alone: what a worker holds that no other process shares, sampled while the cohort is
graded (Linux's smaps_rollup; see `memory.py`), and with `--growth N` the memory of the grader processes and their
fork servers along N submissions to a lab with one small check.

    python benchmarks/regrade.py [--runs 3] [--submissions N] [--ours N] [--only NAME] [--growth N] [--json]
        [--check]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

import measure
import memory
import overhead
from peer_graders import base, cohort
from peer_graders.bare_pytest import BarePytest
from peer_graders.check50 import Check50
from peer_graders.cohort import Cohort, CohortGrader
from peer_graders.nbgrader import Nbgrader
from peer_graders.otter import OtterCohort
from peer_graders.pushmark import PushmarkCohort

SUBMISSIONS = 16
OUR_SUBMISSIONS = 100
AIMS = {BarePytest.name: 1.0, OtterCohort.name: 20.0, Check50.name: 8.0}
"""How many times our seconds others need, at least."""
PRIVATE_MB_AIM = 60.0
OURS = PushmarkCohort.name


@dataclass
class Result:
    """One grader's line of the table; `seconds` are those of a submission, one for each run, of `cohort`."""

    name: str
    versions: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    cohort: int = 0
    unavailable: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Against:
    """How a peer's seconds compare with ours. Without an aim, none can be missed."""

    name: str
    ratio: float | None
    aim: float | None

    @property
    def met(self) -> bool:
        """An aim that could not be measured is not met."""
        return self.aim is None or (self.ratio is not None and self.ratio >= self.aim)


def learners(number: int) -> dict[str, str]:
    """The modules of so many learners: they differ in a comment."""
    return {f"learner-{at:04}": f"{overhead.LEARNER}# {at}\n" for at in range(number)}


def full_marks(name: str, wanted: Cohort, points: dict[str, float], done: "subprocess.CompletedProcess[str]") -> None:
    """Stop unless `name` ended well and gave full marks to every submission."""
    lacking = cohort.lacking(wanted, points)
    if lacking or done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-cohort.MOST_SHOWN :]
        sys.exit("\n".join([f"{name} did not give full marks (exit status {done.returncode}):", *lacking, said]))


def side(grader: CohortGrader, command: cohort.Command, wanted: Cohort) -> measure.Side:
    def check(done: "subprocess.CompletedProcess[str]") -> None:
        full_marks(grader.name, wanted, grader.points(done.stdout), done)

    return measure.Side(grader.name, command.argv, command.env, command.cwd, check, grader.clear)


def compare(graders: list[tuple[CohortGrader, Cohort]], root: Path, runs: int) -> list[Result]:
    """Time each grader that can be set up on its cohort, interleaved."""
    results = {grader.name: Result(grader.name, cohort=len(wanted.learners)) for grader, wanted in graders}
    sides = []
    for number, (grader, wanted) in enumerate(graders):
        folder = root / f"grader-{number}"
        folder.mkdir()
        try:
            sides.append(side(grader, grader.prepare(folder, wanted), wanted))
            results[grader.name].versions = grader.versions()
        except base.Unavailable as reason:
            results[grader.name].unavailable = str(reason)
    for name, seconds in measure.interleave(sides, runs).items():
        results[name].seconds = [value / results[name].cohort for value in seconds]
    return list(results.values())


def against(results: list[Result]) -> list[Against]:
    """The ratio of each peer's seconds to ours, within each pair of runs."""
    seconds = {result.name: result.seconds for result in results if result.seconds}
    ratios = {name: measure.paired_ratio(seconds, name, OURS) for name in seconds if OURS in seconds}
    return [
        Against(result.name, ratios.get(result.name), AIMS.get(result.name))
        for result in results
        if result.name != OURS
    ]


def table(results: list[Result]) -> str:
    """The results as text, one line each."""
    ratios = {one.name: one for one in against(results)}
    lines = [f"{'grader':<18} {'cohort':>6} {'s each':>8} {'range':>16} {'over ours':>10}  {'aim':<22} versions"]
    for result in results:
        if result.unavailable:
            lines.append(f"{result.name:<18} unavailable: {result.unavailable}")
            continue
        spread = f"{min(result.seconds):.3f}-{max(result.seconds):.3f}"
        versions = ", ".join(f"{name} {version}" for name, version in result.versions.items())
        ratio, aim = _shown(ratios.get(result.name))
        lines.append(
            f"{result.name:<18} {result.cohort:>6} {result.median:>8.3f} {spread:>16} {ratio:>10}  {aim:<22} {versions}"
        )
    return "\n".join(lines)


def _shown(one: Against | None) -> tuple[str, str]:
    if one is None or one.ratio is None:
        return "-", ""
    aim = "" if one.aim is None else f"at least {one.aim:g}, {'met' if one.met else 'missed'}"
    return f"{one.ratio:.2f}", aim


def missed(results: list[Result], held: memory.Workers | None) -> list[str]:
    """The aims that are not met, one line each."""
    told = [
        f"{one.name}: {'not measured' if one.ratio is None else f'{one.ratio:.2f}'}, aim at least {one.aim:g}"
        for one in against(results)
        if one.aim is not None and not one.met
    ]
    if held is None or held.private_mb >= PRIVATE_MB_AIM:
        found = "not measured" if held is None else f"{held.private_mb:.0f} MB"
        told.append(f"private memory of a worker: {found}, aim under {PRIVATE_MB_AIM:g} MB")
    return told


def arguments() -> argparse.Namespace:
    parser = measure.parser(__doc__ or "", runs=3)
    parser.add_argument("--submissions", type=int, default=SUBMISSIONS, metavar="N", help="size of others' cohorts")
    parser.add_argument("--ours", type=int, default=OUR_SUBMISSIONS, metavar="N", help="size of our cohort")
    parser.add_argument("--only", action="append", choices=[*_peers(), OURS], help="these graders, and ours")
    parser.add_argument("--growth", type=int, default=0, metavar="N", help="also grade N submissions to a small lab")
    return parser.parse_args()


def _peers() -> dict[str, CohortGrader]:
    graders: list[CohortGrader] = [BarePytest(), OtterCohort(), Nbgrader(), Check50()]
    return {grader.name: grader for grader in graders}


def main() -> None:
    options = arguments()
    cores = len(os.sched_getaffinity(0))
    wanted = Cohort(learners(options.submissions), overhead.bodies(), cores)
    with tempfile.TemporaryDirectory(prefix="pushmark-bench-") as folder:
        root = Path(folder)
        _, lab = overhead.write(root / "lab")
        peers = [grader for name, grader in _peers().items() if not options.only or name in options.only]
        whole = Cohort(learners(options.ours), overhead.bodies(), cores)
        results = compare([*((peer, wanted) for peer in peers), (PushmarkCohort(lab), whole)], root, options.runs)
        held = memory.workers(PushmarkCohort(lab), wanted, root / "memory")
        growth = memory.growth(options.growth, cores, root / "growth") if options.growth else None
    failed = missed(results, held)
    if options.json:
        figures = {
            "cores": cores,
            "graders": [asdict(result) for result in results],
            "ratios": [asdict(one) | {"met": one.met} for one in against(results)],
            "workers": held and asdict(held),
            "growth": growth and asdict(growth),
            "missed": failed,
        }
        print(json.dumps(figures))
    else:
        print("\n".join([table(results), memory.as_text(held, growth), *(f"missed: {line}" for line in failed)]))
    if options.check and failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
