"""Proves that the bounds of each metric lie between what is weak and what is right, with room for luck.

Room is told in units of the noise of the skill (the standard deviation over bootstrap draws of the hidden rows), and
is the smaller one of both halves. Weak are the submissions that the metric names as such; else its reference, and the
starter where it predicts.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pushmark_graders.lab.lint.verdict import Verdict
from pushmark_graders.lab.metric_spec import LOWER_IS_BETTER, MetricSpec
from pushmark_graders.lab.spec import LabSpec
from pushmark_graders.report.final import Final, FinalMetric, Measurement

NAME = "thresholds"
REFERENCE = "reference"


@dataclass(frozen=True)
class Room:
    """How far a submission is from a bound, on its right side, in units of noise; infinite where there is no noise."""

    of: str
    times: float


def prove(spec: LabSpec, finals: Mapping[str, Final], *, kept: bool) -> Verdict | None:
    """The verdict from what staff read of the solution and the starter; None where there is nothing to prove."""
    if not spec.metrics or "solution" not in finals or "starter" not in finals:
        return None
    problems, told = [], []
    for metric in spec.metrics:
        if absent := [name for name in metric.weak if name != REFERENCE and name not in finals]:
            unknown = [name for name in absent if not (spec.root / name).is_dir()]
            problems += [f"{metric.name}: weak: no submission of this lab is called {name}" for name in unknown]
            continue  # not asked for this time
        above, below = above_target(metric, _of(finals["solution"], metric)), below_baseline(metric, finals)
        problems += [f"{metric.name}: {problem}" for problem in judge(metric, above, below)]
        told.append(f"{metric.name}: {_times(above)} noises above the target, {_times(below)} below the baseline")
    return Verdict(name=NAME, problems=problems, told="; ".join(told), kept=kept)


def judge(metric: MetricSpec, above: Room | None, below: Room | None) -> list[str]:
    """What is wrong with the room on either side of a metric's bounds."""
    problems = []
    if above is None:
        problems.append("nothing was measured of the solution")
    elif above.times < metric.margin:
        problems.append(
            f"the solution is {above.times:.1f} times the noise of its skill beyond the target, and the margin is "
            f"{metric.margin:g}: choose a target that is easier to reach, or give more hidden rows"
        )
    if below is None:
        problems.append("nothing weak was measured: name a reference, or let the starter predict")
    elif below.times < metric.margin:
        problems.append(
            f"{below.of} is {below.times:.1f} times the noise of its skill short of the baseline, and the margin is "
            f"{metric.margin:g}: choose a baseline that is harder to reach, or give more hidden rows"
        )
    return problems


def above_target(metric: MetricSpec, solution: FinalMetric | None) -> Room | None:
    """How far the solution is beyond the target, on the half where it is nearer."""
    rooms = [
        Room("the solution", _times_noise(_sign(metric) * (half.skill - metric.target), half.noise))
        for half in _halves(solution)
        if half.skill is not None
    ]
    return min(rooms, key=lambda one: one.times, default=None)


def below_baseline(metric: MetricSpec, finals: Mapping[str, Final]) -> Room | None:
    """How far what is weak is short of the baseline: the nearest of all that is, on either half."""
    weak = metric.weak or [*([REFERENCE] if metric.reference else []), "starter"]
    rooms = [
        Room(f"the {name}" if name == "starter" else name, _short(metric, half.skill, half))
        for name in weak
        if name != REFERENCE
        for half in _halves(_of(finals[name], metric))
        if half.skill is not None
    ]
    if REFERENCE in weak:  # its skill is 0 by definition; how far a skill moves by luck, the solution's tells
        solution = _of(finals["solution"], metric)
        rooms += [Room(f"the reference {metric.reference}", _short(metric, 0.0, half)) for half in _halves(solution)]
    return min(rooms, key=lambda one: one.times, default=None)


def _short(metric: MetricSpec, skill: float, half: Measurement) -> float:
    return _times_noise(_sign(metric) * (metric.baseline - skill), half.noise)


def _sign(metric: MetricSpec) -> int:
    return -1 if metric.function in LOWER_IS_BETTER else 1


def _halves(metric: FinalMetric | None) -> list[Measurement]:
    found = (metric.feedback_half, metric.final_half) if metric is not None else ()
    return [half for half in found if half is not None]


def _of(final: Final, metric: MetricSpec) -> FinalMetric | None:
    return next((one for one in final.metrics if one.name == metric.name), None)


def _times_noise(distance: float, noise: float | None) -> float:
    return distance / noise if noise else math.copysign(math.inf, distance)


def _times(room: Room | None) -> str:
    return "?" if room is None else f"{room.times:.1f}"
