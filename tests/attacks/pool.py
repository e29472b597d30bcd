"""Judges many cases at a time: as many processes as there are jobs, each with an arena of its own."""

import atexit
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal

from pushmark_graders.worker.layers import Layer

from tests.attacks import policies
from tests.attacks.arena import Arena
from tests.attacks.judge import Case, Judge, Verdict

Workers = Literal["warm", "cold"]


@dataclass(frozen=True)
class Setting:
    """Under which policy and with which workers cases are graded, and where the files of a run lie."""

    folder: Path
    policy: str
    off: tuple[Layer, ...] = ()
    workers: Workers = "warm"

    def make(self) -> Judge:
        arena = Arena(
            Path(mkdtemp(dir=self.folder, prefix="arena-")),
            policy=policies.without(self.policy, self.off, self.folder),
            cache=self.folder / "cache",
            cold=self.workers == "cold",
            railed=bool(self.off),
        )
        return Judge(arena, unsandboxed=policies.unsandboxed(self.folder), off=self.off)


class _Ours:
    """The judge of this process, made by the pool's initializer."""

    judge: Judge


def _start(setting: Setting) -> None:
    _Ours.judge = setting.make()
    atexit.register(_Ours.judge.arena.close)


def _judge(case: Case) -> Verdict:
    return _Ours.judge.judge(case)


def judged(cases: Sequence[Case], setting: Setting, jobs: int) -> Iterator[Verdict]:
    """The verdicts in the order in which they come. Raises Refused when the sandbox is not what the policy asks for.

    The long ones go first, so that no core waits for the last of them.
    """
    order = sorted(cases, key=lambda case: (not case.slow, not case.real))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(cases)) or 1, context, _start, (setting,)) as pool:
        running = [pool.submit(_judge, case) for case in order]
        try:
            for one in as_completed(running):
                yield one.result()
        finally:
            for one in running:
                one.cancel()


def through(
    cases: Sequence[Case], setting: Setting, jobs: int, told: Callable[[Verdict], None] = lambda _verdict: None
) -> list[Verdict]:
    """The cases that do harm. Each is judged once more with none beside it, since in a sandbox with a gap one case can
    be taken for the doer of another's harm."""
    suspects = set()
    for verdict in judged(cases, setting, jobs):
        told(verdict)
        if verdict.faults:
            suspects.add(verdict.case)
    again = [case for case in cases if case.id in suspects]
    return [verdict for verdict in judged(again, setting, 1) if verdict.faults] if again else []
