"""Judges one trained folder several times: the same work must get the same verdict, whatever the machine is doing.

An author meets this as the proof `repeats` of `pushmark lab lint`: a check that passes four times out of five is
found before it costs a learner a point. Training is not repeated: it is the expensive part, and what it left behind
is the same for every repeat.
"""

import contextlib
from collections.abc import Callable, Mapping

import msgspec

from pushmark_graders import load
from pushmark_graders.grading.metrics import Measured
from pushmark_graders.grading.session import Outcome
from pushmark_graders.report.model import MetricResult


class Verdicts(msgspec.Struct, frozen=True, kw_only=True):
    """What one repeat said: the state of each check, and of each metric what is told of either half.

    `busy` says that every processor had another process to work for meanwhile. A check that itself broke is `broke`;
    one that is `ungraded` was left open for what the machine did.
    """

    busy: bool
    checks: dict[str, str]
    metrics: dict[str, str] = {}


Judged = tuple[Mapping[str, Outcome], list[Measured]]


def repeat(first: Judged, judge: Callable[[], Judged], times: int) -> list[Verdicts]:
    """The verdicts of `times` repeats, of which `first` is one; the second half of them on busy processors."""
    found = [_verdicts(first, busy=False)]
    quiet = times - times // 2
    found += [_verdicts(judge(), busy=False) for _ in range(1, quiet)]
    with contextlib.ExitStack() as ending:
        if quiet < times:
            ending.enter_context(load.busy())
        found += [_verdicts(judge(), busy=True) for _ in range(quiet, times)]
    return found


def _verdicts(judged: Judged, *, busy: bool) -> Verdicts:
    outcomes, measured = judged
    return Verdicts(
        busy=busy,
        checks={name: "broke" if outcome.is_lab_fault else outcome.state for name, outcome in outcomes.items()},
        metrics={one.told.name: f"{_told(one.told)}; on the final half {_told(one.final.final)}" for one in measured},
    )


def _told(metric: MetricResult) -> str:
    measured = "nothing measured" if metric.measured is None else f"measured {metric.measured:g}"
    return f"{metric.points:g} of {metric.max:g}, {measured}"
