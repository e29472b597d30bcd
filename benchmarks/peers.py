"""How do graders fare against the same attacks? One exercise, the same submissions, each grader in its own set-up.

Every grader gets an honest solution (which must earn all points), an honest half solution (half of them) and
the half solution with each of the attacks of `peer_graders/attacks.toml` added. An attack *changed* the score
when it earned more than the half solution did; it *leaked* when a random word from the hidden checks' source, from
their labels or from the grader's environment is in what a learner sees. Attacks are generic and not fitted to any
grader, so a count is a lower bound; only counts are reported. Times are of honest solutions, graded in turn.

Graders are installed on first use, each into a virtual environment of its own in the user's cache folder (for
root below /var/cache/pushmark, where ordinary users can read). Attacks run as an ordinary user if we are root
and the grader has none of its own for them; whatever they leave running is ended. `peer_graders/*.py` says how
each grader is set up, and why so. Linux only.

    python benchmarks/peers.py [--runs 5] [--only NAME] [--json] [--check]
"""

import argparse
import json
import os
import secrets
import statistics
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from peer_graders import attacks, base
from peer_graders.one_process import OneProcess
from peer_graders.otter import Otter
from peer_graders.prairielearn import PrairieLearn
from peer_graders.pushmark import Pushmark

FULL = base.POINTS_EACH * len(base.CHECKS)
OURS = Pushmark.name


@dataclass
class Result:
    """One grader's line of the table."""

    name: str
    versions: dict[str, str] = field(default_factory=dict)
    tried: int = 0
    changed: int = 0
    leaked: int = 0
    not_applicable: int = 0
    why: str = ""
    seconds: list[float] = field(default_factory=list)
    unavailable: str = ""


class Bench:
    """The graders that could be set up, in folders below `root`, with their results."""

    def __init__(self, graders: list[base.Grader], root: Path) -> None:
        self.canaries = base.Canaries(*(f"CANARY-{part}-{secrets.token_hex(8)}" for part in ("SRC", "LABEL", "ENV")))
        self.results = {grader.name: Result(grader.name) for grader in graders}
        self._root = root
        self._graded = 0
        self.graders = [grader for grader in graders if self._prepare(grader)]

    def _prepare(self, grader: base.Grader) -> bool:
        folder = self._root / f"grader-{len(list(self._root.iterdir()))}"
        folder.mkdir(mode=0o755)
        result = self.results[grader.name]
        try:
            grader.prepare(folder, self.canaries)
            result.versions = grader.versions()
            for files, expected in ((base.SOLUTION, FULL), (base.HALF, FULL / 2)):
                graded = self.grade(grader, {base.FILE: files})
                if graded.points != expected:
                    sys.exit(f"{grader.name}: an honest solution earned {graded.points:g} points of {expected:g}")
                if self.leaks(graded.seen):
                    sys.exit(f"{grader.name}: an honest solution is told what is secret")
        except base.Unavailable as reason:
            result.unavailable = str(reason)
        return not result.unavailable

    def grade(self, grader: base.Grader, files: Mapping[str, str]) -> base.Graded:
        self._graded += 1
        place = self._root / f"grading-{self._graded}"
        place.mkdir(mode=0o755)
        return grader.grade(files, place)

    def leaks(self, seen: str) -> bool:
        return any(word in seen for word in self.canaries.words())

    def attack(self, grader: base.Grader) -> None:
        """Try every attack that applies, and count."""
        result = self.results[grader.name]
        everything = attacks.corpus()
        tried = attacks.applicable(everything, one_file=grader.one_file)
        result.tried, result.not_applicable = len(tried), len(everything) - len(tried)
        result.why = "a submission is one file" if result.not_applicable else ""
        for number, attack in enumerate(tried, 1):
            try:
                graded = self.grade(grader, attack.submission)
            except base.Unavailable as reason:
                sys.exit(f"{grader.name}: attack {number} was not graded: {reason}")
            result.changed += graded.points > FULL / 2 + 1e-9
            result.leaked += self.leaks(graded.seen)
            print(f"{grader.name}: attack {number} of {len(tried)}", file=sys.stderr)

    def time(self, runs: int) -> None:
        """Grade the honest solution `runs` times with each grader, in turn."""
        for number in range(runs):
            for grader in self.graders:
                graded = self.grade(grader, {base.FILE: base.SOLUTION})
                self.results[grader.name].seconds.append(graded.seconds)
                print(f"{grader.name}: run {number + 1} of {runs}, {graded.seconds:.2f} s", file=sys.stderr)


def table(results: list[Result]) -> str:
    """The results as text, one line each."""
    lines = [
        f"{'grader':<28} {'tried':>5} {'changed':>7} {'leaked':>6} {'n/a':>4} {'seconds':>8} {'ratio':>6}  versions"
    ]
    ours = next((result.seconds for result in results if result.name == OURS), [])
    for result in results:
        if result.unavailable:
            lines.append(f"{result.name:<28} not run: {result.unavailable}")
            continue
        versions = ", ".join(f"{name} {version}" for name, version in result.versions.items())
        lines.append(
            f"{result.name:<28} {result.tried:>5} {result.changed:>7} {result.leaked:>6} {result.not_applicable:>4} "
            f"{_median(result.seconds):>8} {_ratio(result.seconds, ours):>6}  {versions}"
        )
    lines += [f"n/a, {result.name}: {result.why}" for result in results if result.why]
    return "\n".join(lines)


def _median(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f}" if seconds else "-"


def _ratio(seconds: list[float], ours: list[float]) -> str:
    """Median over the pairs of runs of this grader's seconds over ours."""
    pairs = list(zip(seconds, ours, strict=False))
    return f"{statistics.median(theirs / our for theirs, our in pairs):.2f}" if pairs else "-"


def main() -> None:
    graders: list[base.Grader] = [OneProcess(), Otter(), PrairieLearn(), Pushmark()]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each grader, in turn (default 5)")
    parser.add_argument("--only", action="append", choices=[grader.name for grader in graders], help="these graders")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--check", action="store_true", help="exit 1 when an attack changed or leaked with ours")
    options = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("hostile code is held at bay with means that only Linux has")
    os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="pushmark-peers-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        root.chmod(0o755)
        bench = Bench([grader for grader in graders if not options.only or grader.name in options.only], root)
        for grader in bench.graders:
            bench.attack(grader)
        bench.time(options.runs)
    results = list(bench.results.values())
    print(json.dumps([asdict(result) for result in results]) if options.json else table(results))
    ours = bench.results.get(OURS)
    if options.check and ours is not None and (ours.changed or ours.leaked or ours.unavailable):
        sys.exit(1)


if __name__ == "__main__":
    main()
