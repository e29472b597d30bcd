"""Grades one case and judges it: the one judge of `python -m tests.attacks` and of the tests.

A hostile case must come to nothing (twin, leak and host oracle). An honest one must be graded in the sandbox exactly
as outside it; a difference is a false positive.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from pushmark_graders.report.model import Report
from pushmark_graders.worker.layers import LAYERS, Layer

from tests.attacks import oracles
from tests.attacks.arena import Arena, Graded, laid, remove_strays
from tests.attacks.cases import Attack, lay, lay_twin
from tests.attacks.honest import Honest, lay_honest

NAMESPACES = frozenset({"pid namespace", "mount namespace", "network namespace"})
"""Without these no submission can be kept from looking around, so only its score is judged."""

Case = Attack | Honest


def about(case: Case) -> str:
    """The sentence that says what the case does."""
    return case.attempts if isinstance(case, Attack) else case.does


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one case: sentences by oracle, none where all is well; None where an oracle was not asked.

    `workers` is what the report says of them: `warm` only if all were.
    """

    case: str
    about: str
    hostile: bool
    twin: list[str]
    leak: list[str] | None = None
    host: list[str] | None = None
    layers: list[str] = []
    workers: str = ""
    seconds: float = 0.0
    memory_mb: float = 0.0

    @property
    def faults(self) -> list[str]:
        return [*self.twin, *(self.leak or ()), *(self.host or ())]


class Refused(Exception):
    """The sandbox is not what the policy asks for, or the grader does not work at all: nothing can be judged."""


class Judge:
    """Judges cases in one arena. `off` are layers that the arena's policy leaves out on purpose."""

    def __init__(self, arena: Arena, *, unsandboxed: str, off: Sequence[Layer] = ()) -> None:
        self.arena = arena
        self._unsandboxed = unsandboxed
        self._off = frozenset(off)
        self._twins: dict[tuple[str, str], Report] = {}

    def judge(self, case: Case) -> Verdict:
        try:
            return self._hostile(case) if isinstance(case, Attack) else self._honest(case)
        finally:
            remove_strays()  # they are in the verdict; the next case must not be blamed for them

    def twin(self, lab: str, name: str) -> Report:
        """The report of the submission `name` of the fixtures, which has no payload."""
        if (lab, name) not in self._twins:
            with laid(self.arena.folder / f"twin-{lab}-{name}") as submission:
                lay_twin(name, submission, lab)
                graded = self.arena.grade(submission, lab, program=False, seconds=60.0)
            if graded.report is None:
                raise Refused(_said(graded))
            self._twins[lab, name] = graded.report
        return self._twins[lab, name]

    def _hostile(self, attack: Attack) -> Verdict:
        twin = self.twin(attack.lab, attack.twin)
        with laid(self.arena.folder / attack.id) as submission:
            lay(attack, submission, self.arena.words)
            graded, beside = self._grade_hostile(attack, submission)
        found = _outcome(graded) + beside
        if graded.report is not None:
            found += oracles.honest_report(graded.report, set(self.arena.lab(attack.lab).checks))
            found += oracles.twin(graded.report.score.points, twin.score.points)
            found += oracles.expected(graded.report, attack.states, attack.overlaid)
        return self._verdict(attack, graded, found)

    def _grade_hostile(self, attack: Attack, submission: Path) -> tuple[Graded, list[str]]:
        """The grading, and what it did to those that the same grader graded before and after."""
        if not attack.between:
            return self.arena.grade(submission, attack.lab, program=attack.real, seconds=attack.seconds), []
        plain = self.twin(attack.lab, "solution")
        told = self.arena.grade_between(submission, attack.lab, program=attack.real, seconds=attack.seconds)
        if told.graded.report is None or told.before is None or told.after is None:
            return told.graded, ["not all of it and its neighbours have a report"]
        return told.graded, oracles.neighbours(told.graded.report, told.before, told.after, plain, told.seconds)

    def _honest(self, case: Honest) -> Verdict:
        twin = self.twin(case.lab, case.twin)
        with laid(self.arena.folder / case.id) as submission:
            lay_honest(case, submission)
            inside = self._grade_honest(case, submission, self.arena.policy, cold=False)
            outside = self._grade_honest(case, submission, self._unsandboxed, cold=True)
        found = _outcome(inside) + [f"without a sandbox: {fault}" for fault in _outcome(outside)]
        if inside.report is not None and outside.report is not None:
            found += oracles.alike(inside.report, outside.report, "without a sandbox")
            found += oracles.alike(inside.report, twin, "its plain twin")
        return self._verdict(case, inside, found)

    def _grade_honest(self, case: Honest, submission: Path, policy: str, *, cold: bool) -> Graded:
        return self.arena.grade(submission, case.lab, program=case.real, seconds=case.seconds, policy=policy, cold=cold)

    def _verdict(self, case: Case, graded: Graded, twin: list[str]) -> Verdict:
        layers = graded.report.environment.layers if graded.report is not None else []
        asked = graded.report is None or {*layers, *self._off} >= NAMESPACES
        leak = oracles.leaks(graded.sinks, self.arena.lab(case.lab).canaries) if asked else None
        host = _host(graded, case.seconds) if asked else None
        return Verdict(
            case=case.id,
            about=about(case),
            hostile=isinstance(case, Attack),
            twin=[*twin, *oracles.robbed(graded.robbed)] if asked else twin,
            leak=leak,
            host=host,
            layers=[layer for layer in layers if layer in LAYERS],
            workers=graded.report.timing.workers if graded.report is not None else "",
            seconds=graded.seconds,
            memory_mb=graded.memory_mb,
        )


def _host(graded: Graded, limit: float) -> list[str]:
    return oracles.host(
        survivors=graded.survivors,
        left_behind=graded.left_behind,
        changed=graded.changed,
        received=graded.received,
        seconds=graded.seconds,
        limit=limit,
        memory_mb=graded.memory_mb,
    )


def _outcome(graded: Graded) -> list[str]:
    """An attempt must count, whatever it holds: one that does not is a free attempt."""
    return [] if graded.status == 0 else [f"exit status {graded.status}: {_said(graded)}"]


def _said(graded: Graded) -> str:
    lines = graded.sinks["stderr"].decode("utf-8", "replace").splitlines()
    return " ".join(line for line in lines if not line.startswith("["))[-600:] or "(nothing on standard error)"
