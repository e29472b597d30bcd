"""The `budget` fixture: measures what answers cost, judges it, and puts it into the report.

All numbers are read from outside the process that is measured (`worker.meter`). While one side answers, the other is
stopped. Whatever a side took since its last reading counts, so work that is put off to a later moment counts too.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any, Protocol, TypeVar

import msgspec

from pushmark_graders.checks import expect
from pushmark_graders.checks.budget import STEADY, Measured, Ratio, Turn, cpu_ratio, spread, wall_ratio
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.report.model import BudgetResult, State
from pushmark_graders.submission import intake
from pushmark_graders.submission.proxy import Submission
from pushmark_graders.submission.service import Service
from pushmark_graders.worker.meter import Gone, Meter

ROUNDS = 8
_MS, _MIB = 1e3, 1 << 20


class Metered(Protocol):
    """A service, or the submission itself: whatever has a process of its own that answers."""

    @property
    def meter(self) -> Meter: ...

    def faults(self) -> AbstractContextManager[None]: ...


Side = TypeVar("Side", bound=Metered)
Request = TypeVar("Request")


class Budget:
    """What a check asks to be measured and judged. Results of `measure` are kept for the other checks of a run."""

    def __init__(self, check: str, record: Callable[[BudgetResult], None], kept: dict[object, Any]) -> None:
        self._check = check
        self._record = record
        self._kept = kept

    def measure(
        self,
        ask: Callable[[Side, Request], object],
        mine: Side,
        reference: Side,
        requests: Sequence[Request],
        *,
        each: int = 4,
    ) -> Measured:
        """Ask both sides the same `requests`, `each` at a time, taking turns; at least 8 rounds.

        Rounds go on, as long as there are requests, until the reference's costs spread by a tenth at most. The
        first request of each side is made before, and not measured. A second check that asks for the same, with the
        same function `ask`, gets the same. Raises a SubmissionError where the submission gives no answer,
        CouldNotGrade where the reference gives none, and ValueError for too few requests.
        """
        if len(requests) < ROUNDS * each:
            raise ValueError(f"requests: expected {ROUNDS * each} or more for {ROUNDS} rounds, got {len(requests)}")
        key = (ask, getattr(mine, "app", ""), getattr(reference, "app", ""), each, msgspec.json.encode(requests))
        if key not in self._kept:
            self._kept[key] = _measure(ask, mine, reference, requests, each)
        kept: Measured = self._kept[key]
        return kept

    def cpu(self, measured: Measured, *, at_most: float, title: str = "CPU time per request") -> None:
        """Holds when the processor time per request is at most `at_most` of the reference's.

        Raises CouldNotGrade when the machine was too restless to tell.
        """
        self._judge(title, cpu_ratio(measured), at_most)

    def latency(
        self, measured: Measured, *, at_most: float, quantile: float = 0.95, title: str = "Latency, 95th percentile"
    ) -> None:
        """The same for a quantile of the wall time of single requests."""
        self._judge(title, wall_ratio(measured, quantile), at_most)

    def memory(self, side: Metered, *, at_most_mb: float, title: str = "Peak memory") -> None:
        """Holds when the process that answers held at most so many MiB of resident memory so far."""
        with side.faults():
            held = side.meter.peak_bytes()
        self._limit(title, "MiB", held / _MIB, at_most_mb)

    def start(self, service: Service, *, at_most_seconds: float, title: str = "Cold start, CPU time") -> None:
        """Holds when a service took at most so much processor time until its first good answer; ask it before."""
        taken = service.start_cpu_seconds
        expect.that(taken is not None, f"The service `{service.app}` has given no good answer yet.")
        assert taken is not None
        self._limit(title, "s", taken, at_most_seconds)

    def size(
        self, submission: Submission, *patterns: str, at_most_mb: float, title: str = "Size of the artefacts"
    ) -> None:
        """Holds when the files that match, submitted ones and those that training left, have at most so many MiB."""
        sizes = [
            size for name, size in intake.files(submission.folder, []) if intake.matches(name, list(patterns))
        ]  # regular files alone: learner code wrote there
        self._limit(title, "MiB", sum(sizes) / _MIB, at_most_mb)

    def _judge(self, title: str, found: Ratio, at_most: float) -> None:
        said = f"{title}: {found.mine * _MS:.3g} ms, {found.ratio:.3g} of the starter's {found.reference * _MS:.3g} ms"
        state: State = "passed" if found.ratio <= at_most else "failed"
        message = f"{said}; at most {at_most:g} is allowed."
        if found.is_unsure(at_most):
            state = "ungraded"
            message = (
                f"{said}, but the machine was too noisy to judge: the starter's own cost spread by {found.unrest:.0%}"
                + (f", and its slow answers took {found.delay * _MS:.3g} ms longer." if found.delay else ".")
            )
        self._record(
            BudgetResult(
                check=self._check,
                title=title,
                state=state,
                unit="ms",
                measured=_rounded(found.mine * _MS),
                reference=_rounded(found.reference * _MS),
                reference_name="starter",
                ratio=_rounded(found.ratio),
                at_most=at_most,
                noise=_rounded(found.noise),
                message=message,
            )
        )
        if state == "ungraded":
            raise CouldNotGrade(message, "grade again on a quieter machine")
        expect.that(state == "passed", message)

    def _limit(self, title: str, unit: str, found: float, most: float) -> None:
        message = f"{title}: {found:.3g} {unit}; at most {most:g} {unit} is allowed."
        state: State = "passed" if found <= most else "failed"
        self._record(
            BudgetResult(
                check=self._check, title=title, state=state, unit=unit, measured=_rounded(found), limit=most,
                message=message,
            )
        )  # fmt: skip
        expect.that(state == "passed", message)


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def _measure(
    ask: Callable[[Side, Request], object], mine: Side, reference: Side, requests: Sequence[Request], each: int
) -> Measured:
    sides = (_Measuring(mine, ask, requests[0]), _Measuring(reference, ask, requests[0]))
    turns: tuple[list[Turn], list[Turn]] = ([], [])
    try:
        for number, begin in enumerate(range(0, len(requests) - each + 1, each)):
            if number >= ROUNDS and spread([turn.cpu for turn in turns[1]]) <= STEADY:
                break
            for at in (0, 1) if number % 2 == 0 else (1, 0):
                turns[at].append(sides[at].turn(requests[begin : begin + each]))
    finally:
        for side in sides:
            side.resume()
    return Measured(*turns)


class _Measuring:
    """One side: it has answered once, and is stopped except in its turns."""

    def __init__(self, side: Side, ask: Callable[[Side, Request], object], first: Request) -> None:
        self._ask: Callable[[Request], object] = lambda request: ask(side, request)
        self._faults = side.faults
        self._ask(first)
        with self._faults():
            self._meter = side.meter
            self._meter.pause()
            self._read = self._meter.cpu_seconds()

    def turn(self, requests: Sequence[Request]) -> Turn:
        """Answer these, and stop again."""
        with self._faults():
            self._meter.resume()
            wall = [self._time(request) for request in requests]
            self._meter.pause()
            before, self._read = self._read, self._meter.cpu_seconds()
        return Turn((self._read - before) / len(requests), tuple(wall))

    def resume(self) -> None:
        """Let it go on, for whoever asks it next."""
        with suppress(Gone):
            self._meter.resume()

    def _time(self, request: Any) -> float:
        began = time.perf_counter()
        self._ask(request)
        return time.perf_counter() - began
