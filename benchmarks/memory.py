"""What Pushmark's processes hold while a cohort is graded: their private memory, and whether it grows.

Processes are known by the programs that they were started from, in our own installation: a *grader* process, a
*fork server*, and a *worker*, which is what a fork server forked with all that comes of it (a supervisor, an init
and the process in which the learner's code runs). So another run from the same installation must not be at work.
Private memory is what no other process maps (Private_Clean and Private_Dirty of Linux's smaps_rollup); Pss counts
shared pages too, each divided by the number of processes that share it.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from peer_graders import base, cohort
from peer_graders.pushmark import PushmarkCohort
from pushmark_graders.cohort import grader
from pushmark_graders.worker import forkserver

EVERY_SECONDS = 0.03
"""Between two looks: a worker lives for some tenths of a second."""
KINDS: tuple["Kind", ...] = ("grader", "fork server")
Kind = Literal["grader", "fork server", "worker"]
Look = dict[tuple[Kind, int], float]
"""RSS in MiB of each process at one moment, by kind and process id."""
LOOKS_TO_START = 20
"""So many submissions after it was first seen, a process has imported what it needs."""

TINY_LAB = """
schema = 1
slug = "tiny"
title = "Tiny"
version = "1.0.0"
summary = "One check."
[[tasks]]
number = 1
title = "All"
[submission]
editable = ["learner.py"]
preload = ["numpy"]
"""

TINY_CHECK = '''
from pushmark_graders.checks import task


@task(1, points=100)
def test_one(submission):
    """One and one is two."""
    assert submission.module("learner").one() == 1
'''

TINY_LEARNER = "def one():\n    return 1\n"


@dataclass(frozen=True)
class Held:
    """Memory of a process, or of several together, in MiB."""

    private_mb: float = 0.0
    pss_mb: float = 0.0
    rss_mb: float = 0.0

    def __add__(self, other: "Held") -> "Held":
        return Held(self.private_mb + other.private_mb, self.pss_mb + other.pss_mb, self.rss_mb + other.rss_mb)


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    program: str
    """The first of its arguments that is one of our programs, or nothing."""


@dataclass(frozen=True)
class Workers:
    """What was seen of the workers of a cohort: of each the most it held, and of these the median and the largest.

    `graders` and `servers` are what one grader process and one fork server held (the largest seen).
    """

    seen: int
    private_mb: float
    largest_mb: float
    pss_mb: float
    graders: Held
    servers: Held
    most_servers: int


@dataclass(frozen=True)
class Growth:
    """RSS in MiB, the mean over the processes of each kind, at a tenth of the cohort and at its end.

    `within` is the most that one process grew between these, once it had started: a farm replaces its graders.
    """

    submissions: int
    seconds: float
    start_mb: dict[str, float]
    end_mb: dict[str, float]
    within_mb: dict[str, float]


@dataclass
class Seen:
    """The most that each process was seen to hold, by kind and process id."""

    most: dict[Kind, dict[int, Held]] = field(default_factory=lambda: {"grader": {}, "fork server": {}, "worker": {}})
    servers: int = 0

    def note(self, kind: Kind, pid: int, held: Held) -> None:
        earlier = self.most[kind].get(pid, Held())
        if held.private_mb >= earlier.private_mb:
            self.most[kind][pid] = held


def parse(rollup: str) -> Held:
    """What a smaps_rollup says."""
    kb = {name: float(rest.split()[0]) for name, _, rest in map(_parted, rollup.splitlines()[1:])}
    return Held((kb["Private_Clean"] + kb["Private_Dirty"]) / 1024, kb["Pss"] / 1024, kb["Rss"] / 1024)


def _parted(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def held(pid: int) -> Held:
    """What a process holds; nothing when it has ended, or is not ours to look at."""
    try:
        return parse(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except (OSError, KeyError, IndexError):
        return Held()


def processes() -> Iterator[Process]:
    """All processes that were started from one of our programs, or forked by one that was."""
    programs = (str(grader.__file__), str(forkserver.__file__))
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            arguments = folder.joinpath("cmdline").read_text(errors="replace").split("\0")
            program = next((one for one in programs if one in arguments), "")
            if program:
                parent = folder.joinpath("stat").read_text(errors="replace").rpartition(")")[2].split()[1]
                yield Process(int(folder.name), int(parent), program)


def kinds(found: Iterable[Process]) -> dict[int, tuple[Kind, int]]:
    """The kind of each process, and the process that stands for it: for a worker, the one that was forked."""
    by_pid = {process.pid: process for process in found}
    told: dict[int, tuple[Kind, int]] = {}
    for process in by_pid.values():
        if process.program == str(grader.__file__):
            told[process.pid] = "grader", process.pid
            continue
        top = process
        chain = [top]
        while (above := by_pid.get(top.parent)) is not None and above.program == process.program:
            top = above
            chain.append(top)
        told[process.pid] = ("worker", chain[-2].pid) if len(chain) > 1 else ("fork server", top.pid)
    return told


def workers(ours: PushmarkCohort, wanted: cohort.Cohort, folder: Path) -> Workers | None:
    """Grade the cohort once more, and look what its processes hold; None where that cannot be seen."""
    folder.mkdir()
    command = ours.prepare(folder, wanted)
    seen = Seen()
    with subprocess.Popen(command.argv, env=command.env, cwd=command.cwd, stdout=subprocess.DEVNULL) as run:
        while run.poll() is None:
            _look(seen)
            time.sleep(EVERY_SECONDS)
    if run.returncode != 0:
        sys.exit(f"pushmark regrade ended with status {run.returncode} while its memory was looked at")
    return summary(seen)


def _look(seen: Seen) -> None:
    together: dict[tuple[Kind, int], Held] = {}
    for pid, which in kinds(processes()).items():
        together[which] = together.get(which, Held()) + held(pid)
    for (kind, pid), found in together.items():
        seen.note(kind, pid, found)
    seen.servers = max(seen.servers, sum(kind == "fork server" for kind, _ in together))


def summary(seen: Seen) -> Workers | None:
    most = [one for one in seen.most["worker"].values() if one.rss_mb]
    if not most:
        return None
    return Workers(
        seen=len(most),
        private_mb=statistics.median(one.private_mb for one in most),
        largest_mb=max(one.private_mb for one in most),
        pss_mb=statistics.median(one.pss_mb for one in most),
        graders=_largest(seen.most["grader"]),
        servers=_largest(seen.most["fork server"]),
        most_servers=seen.servers,
    )


def _largest(found: Mapping[int, Held]) -> Held:
    return max(found.values(), key=lambda one: one.private_mb, default=Held())


def growth(submissions: int, cores: int, folder: Path) -> Growth:
    """Grade so many submissions to a lab with one small check, and look at RSS after each of them."""
    lab = _tiny_lab(folder / "labs" / "tiny")
    names = [f"learner-{number:05}" for number in range(submissions)]
    wanted = cohort.Cohort({name: f"{TINY_LEARNER}# {name}\n" for name in names}, [TINY_CHECK], cores)
    command = PushmarkCohort(lab).prepare(folder, wanted)
    started = time.perf_counter()
    looks = []
    with subprocess.Popen(command.argv, env=command.env, cwd=command.cwd, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if json.loads(line)["points"] != cohort.FULL:
                run.terminate()
                sys.exit(f"pushmark regrade did not give full marks in the growth run: {line}")
            looks.append(_resident())
    if run.returncode != 0 or len(looks) != submissions:
        sys.exit(f"pushmark regrade graded {len(looks)} of {submissions} in the growth run")
    return grown(looks, time.perf_counter() - started)


def _tiny_lab(lab: Path) -> Path:
    files = {"lab.toml": TINY_LAB, "README.md": "# Tiny\n", "checks/test_all.py": TINY_CHECK}
    for name in ("starter", "solution"):
        files[f"{name}/learner.py"] = TINY_LEARNER
    base.lay(files, lab)
    return lab


def _resident() -> Look:
    """RSS of each grader and fork server: cheap enough to look at after each submission."""
    found: Look = {}
    for pid, which in kinds(processes()).items():
        if which[0] in KINDS:
            with contextlib.suppress(OSError):
                pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                found[which] = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return found


def grown(looks: list[Look], seconds: float) -> Growth:
    """What a series of looks says: the last of them may find processes that are on their way out."""
    settled = looks[len(looks) // 10 : -LOOKS_TO_START] or looks
    within: dict[str, float] = {}
    for kind, pid in {which for look in settled for which in look}:
        values = [look[kind, pid] for look in looks if (kind, pid) in look][LOOKS_TO_START:]
        if values:
            within[kind] = max(within.get(kind, 0.0), values[-1] - values[0])
    return Growth(len(looks), seconds, _means(settled[0]), _means(settled[-1]), within)


def _means(look: Look) -> dict[str, float]:
    values = {kind: [mb for (which, _), mb in look.items() if which == kind] for kind in KINDS}
    return {kind: statistics.mean(found) for kind, found in values.items() if found}


def as_text(held: Workers | None, growth: Growth | None) -> str:
    """Both for people to read."""
    lines = ["private memory: not measured"]
    if held is not None:
        lines = [
            f"private memory of a worker: median {held.private_mb:.0f} MB, largest {held.largest_mb:.0f} MB, of "
            f"{held.seen} workers; Pss {held.pss_mb:.0f} MB",
            f"private memory besides: a grader process {held.graders.private_mb:.0f} MB, a fork server "
            f"{held.servers.private_mb:.0f} MB (Pss {held.servers.pss_mb:.0f} MB), {held.most_servers} at a time",
        ]
    if growth is not None:
        each = growth.seconds / growth.submissions
        lines.append(f"growth: {growth.submissions} submissions in {growth.seconds:.0f} s ({each * 1000:.0f} ms each)")
        lines += [
            f"    {kind}: RSS {growth.start_mb[kind]:.1f} MB at a tenth, {growth.end_mb.get(kind, 0.0):.1f} MB at the "
            f"end, at most {growth.within_mb.get(kind, 0.0):+.1f} MB within a process"
            for kind in growth.start_mb
        ]
    return "\n".join(lines)
