"""How long from saving a file to its verdicts? `pushmark watch` with 20 small checks, and torch loaded.

A learner's repository is watched as the command does it, table on a terminal included, and its module is
saved again and again, in turn in place and by a rename. Every save breaks another few of the 20 checks, so
that each verdict that is shown can be compared with the one that is right. Half of the checks scale rows
with scikit-learn, half take steps of a torch optimiser; workers have both imported before they are asked.

    python benchmarks/watch.py [--runs 60] [--json] [--check]
"""

import json
import os
import queue
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import measure
from pushmark_graders.cli.check import practice
from pushmark_graders.errors import broken
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.watching import loop
from pushmark_graders.watching.plan import Board, counts
from pushmark_graders.watching.show import Screen
from pushmark_graders.worker.policy import load

AIM_MS = 150.0
CHECKS = 20
WARM_UP = 3
TOO_LONG = 60.0

LEARNER = '''
"""A learner's module, as in a lab on models."""

import numpy as np
import torch
from sklearn.preprocessing import StandardScaler

BROKEN = {broken}


def scaled(rows, number):
    return StandardScaler().fit_transform(rows) + (number in BROKEN)


def trained(rows, steps, number):
    torch.manual_seed(0)
    layer = torch.nn.Linear(rows.shape[1], 1)
    optimiser = torch.optim.SGD(layer.parameters(), lr=0.01)
    data = torch.as_tensor(rows, dtype=torch.float32)
    for _ in range(0 if number in BROKEN else steps):
        optimiser.zero_grad()
        loss = (layer(data) - data.sum(1, keepdim=True)).pow(2).mean()
        loss.backward()
        optimiser.step()
    return float((layer(data) - data.sum(1, keepdim=True)).pow(2).mean().detach())
'''

LAB = """
schema = 1
slug = "watched"
title = "Watched"
version = "1.0.0"
summary = "Twenty small checks."
[[tasks]]
number = 1
title = "All"
[submission]
editable = ["learner.py"]
preload = ["numpy", "sklearn.preprocessing", "torch", "torch._dynamo"]
"""

CHECK = '''
@task(1, points=5)
def test_{number}(submission):
    """Check {number}."""
    rows = np.random.default_rng({number}).normal(size=(200, 8))
    learner = submission.module("learner")
    {statement}
'''
SCALED = "assert abs(float(np.mean(learner.scaled(rows, {number})))) < 1e-9"
TRAINED = "assert learner.trained(rows, 10, {number}) < learner.trained(rows, 1, -1)"


@dataclass(frozen=True)
class Save:
    """Milliseconds from the start of a save until its first verdict is on the board, and until all are; and how many
    verdicts were shown that were not right."""

    kind: str
    first: float
    all: float
    wrong: int


def write(root: Path) -> None:
    (root / "checks").mkdir()
    (root / "lab.toml").write_text(LAB)
    bodies = [
        CHECK.format(number=number, statement=(TRAINED if number % 2 else SCALED).format(number=number))
        for number in range(CHECKS)
    ]
    head = "import numpy as np\nfrom pushmark_graders.checks import task\n\n"
    (root / "checks" / "test_all.py").write_text(head + "\n".join(bodies))


class Timed:
    """Shows boards on a screen, and notes when, and whether the verdicts on them are right."""

    def __init__(self, screen: Screen) -> None:
        self.done: queue.SimpleQueue[Board] = queue.SimpleQueue()
        self.broken: frozenset[int] = frozenset()
        self.first = self.all = 0.0
        self.wrong = 0
        self._screen = screen

    def update(self, board: Board) -> None:
        now = time.perf_counter()
        known = counts(board)[1]
        self.first = now if known == 1 else self.first
        self.all = now if known == CHECKS and board.seconds is None else self.all
        if board.seconds is None:
            self.wrong += sum(self._is_wrong(row.check.id, row.result.state) for row in board.rows if row.result)
        self._screen.update(board)

    def finished(self, board: Board) -> None:
        self._screen.finished(board)
        self.done.put(board)

    def _is_wrong(self, check: str, state: str) -> bool:
        return state != ("failed" if int(check) in self.broken else "passed")

    def is_right(self, board: Board) -> bool:
        return not any(row.result is None or self._is_wrong(row.check.id, row.result.state) for row in board.rows)


def save(path: Path, text: str, kind: str) -> float:
    """Save as editors do, and return when that began."""
    started = time.perf_counter()
    if kind == "in place":
        path.write_text(text)
    else:
        beside = path.with_name(".learner.py.swp")
        beside.write_text(text)
        beside.replace(path)
    return started


def saves(path: Path, timed: Timed, runs: int) -> Iterator[Save]:
    chance = random.Random(0)
    timed.done.get(timeout=TOO_LONG)
    for number in range(runs + WARM_UP):
        kind = "rename" if number % 2 else "in place"
        broken = chance.sample(range(CHECKS), chance.randint(0, 5))
        timed.wrong, timed.broken = 0, frozenset(broken)
        started = save(path, LEARNER.replace("{broken}", repr(set(broken) or {-2})), kind)
        while not timed.is_right(timed.done.get(timeout=TOO_LONG)):
            timed.wrong += 1
        if number >= WARM_UP:
            yield Save(kind, (timed.first - started) * 1e3, (timed.all - started) * 1e3, timed.wrong)
        time.sleep(chance.uniform(0.1, 0.4))


@contextmanager
def terminal() -> Iterator[Screen]:
    """A screen on a terminal that somebody reads."""
    ours, theirs = os.openpty()
    with open(theirs, "w") as file:  # noqa: PTH123  (a descriptor)
        threading.Thread(target=drain, args=[ours], daemon=True).start()
        with Screen(file) as screen:
            yield screen


def drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, 65536):
            pass
    except OSError:
        pass


def watched(root: Path, runs: int) -> list[Save]:
    write(root)
    path = root / "learner.py"
    path.write_text(LEARNER.replace("{broken}", "{-2}"))
    policy, found = load("local"), list[Save]()
    with terminal() as screen:
        timed = Timed(screen)

        def type_away() -> None:
            try:
                found.extend(saves(path, timed, runs))
            finally:
                os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=type_away, daemon=True).start()
        loop.watch(root, lambda: practice(load_lab(root), root, policy, task=None), timed, broken)
    return found


def spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def main() -> None:
    options = measure.arguments(__doc__ or "", runs=60)
    with tempfile.TemporaryDirectory(prefix="pushmark-bench-") as folder:
        Path(folder).chmod(0o755)
        found = watched(Path(folder), options.runs)
    if len(found) < options.runs:
        sys.exit(f"only {len(found)} of {options.runs} saves were answered within {TOO_LONG:g} s each")
    figures = {
        f"{what}, {kind}": spread([getattr(one, what) for one in found if one.kind == kind])
        for what in ("first", "all")
        for kind in ("in place", "rename")
    }
    median = statistics.median(one.all for one in found)
    wrong = sum(one.wrong for one in found)
    met = median <= AIM_MS and wrong == 0
    if options.json:
        told = {"saves": len(found), "median_ms": median, "aim_ms": AIM_MS, "wrong": wrong, "met": met, "ms": figures}
        print(json.dumps(told))
    else:
        for name, figure in figures.items():
            print(f"{name}: median {figure['median']:.0f} ms ({figure['low']:.0f} to {figure['high']:.0f})")
        print(f"verdicts that were wrong: {wrong}, after {len(found)} saves with {CHECKS} checks each")
        print(f"save to all verdicts: {median:.0f} ms (aim: at most {AIM_MS:g}, {'met' if met else 'missed'})")
    if options.check and not met:
        sys.exit(1)


if __name__ == "__main__":
    main()
