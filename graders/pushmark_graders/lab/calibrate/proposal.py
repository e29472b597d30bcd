"""From measurements to the bounds of a metric. Pure.

The step is the least of 1, 2 and 5 times a power of ten that is no smaller than the noise of a right solution. The
target is what the worst right half leaves when the margin is taken off, the baseline what the best weak half reaches
when it is added; both go to the next step on their generous side: an easier target, a harder baseline.
"""

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from pushmark_graders.errors import LabError
from pushmark_graders.lab.calibrate.measuring import Halves
from pushmark_graders.lab.metric_spec import LOWER_IS_BETTER, MetricSpec
from pushmark_graders.report.final import Measurement


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """The skills of one submission over all halves: mean, standard deviation, ends, and the largest noise of one."""

    name: str
    halves: int
    mean: float | None = None
    deviation: float | None = None
    lowest: float | None = None
    highest: float | None = None
    noise: float | None = None


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """The three keys of a metric that calibration proposes."""

    baseline: float
    target: float
    step: float


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of one metric, what lab.toml says, and what follows from the measurements.

    `proposed` is None, and `problem` says why, where nothing follows.
    """

    metric: str
    rows: list[Row]
    stated: Bounds
    proposed: Bounds | None = None
    problem: str = ""


def calibrate(metric: MetricSpec, found: Mapping[str, Halves]) -> Calibration:
    """The calibration of one metric from the measurements of each submission by name."""
    halves = {name: by_metric.get(metric.name, []) for name, by_metric in found.items()}
    rows = [row(name, measured) for name, measured in halves.items()]
    if metric.reference:
        rows.insert(0, Row(name=f"reference {metric.reference}", halves=0, mean=0.0))
    stated = Bounds(baseline=metric.baseline, target=metric.target, step=metric.step)
    right = [half for name, measured in halves.items() if name != "starter" for half in measured]
    missing = [name for name, measured in halves.items() if name != "starter" and not measured]
    weak = [half.skill for half in halves.get("starter", []) if half.skill is not None]
    weak += [0.0] if metric.reference else []
    told: dict[str, Bounds | str]
    if missing:
        told = {"problem": f"nothing was measured of {', '.join(missing)}"}
    elif not weak:
        told = {"problem": "nothing weak was measured: name a reference, or let the starter predict"}
    else:
        told = _follows(metric, right, weak)
    return msgspec.convert({"metric": metric.name, "rows": rows, "stated": stated, **told}, Calibration)


def row(name: str, halves: Sequence[Measurement]) -> Row:
    """The skills of a submission in one row."""
    skills = [half.skill for half in halves if half.skill is not None]
    if not skills:
        return Row(name=name, halves=0)
    return Row(
        name=name,
        halves=len(skills),
        mean=float(np.mean(skills)),
        deviation=float(np.std(skills, ddof=1)) if len(skills) > 1 else None,
        lowest=min(skills),
        highest=max(skills),
        noise=_largest_noise(halves),
    )


def _follows(metric: MetricSpec, right: Sequence[Measurement], weak: Sequence[float]) -> "dict[str, Bounds | str]":
    sign = -1 if metric.function in LOWER_IS_BETTER else 1
    noise = _largest_noise(right)
    step = round_step(noise) if noise > 0 else metric.step
    worst = min(sign * half.skill for half in right if half.skill is not None)
    best_weak = max(sign * skill for skill in weak)
    target = math.floor((worst - metric.margin * noise) / step + 1e-9)
    baseline = math.ceil((best_weak + metric.margin * noise) / step - 1e-9)
    if target <= baseline:
        return {
            "problem": f"no room: the worst right skill is {sign * worst:.4g}, the best weak one "
            f"{sign * best_weak:.4g}, and the noise {noise:.2g}; give more hidden rows, or ask for something that "
            "tells them further apart"
        }
    return {"proposed": Bounds(baseline=_of(sign * baseline, step), target=_of(sign * target, step), step=step)}


def round_step(noise: float) -> float:
    """The least of 1, 2 and 5 times a power of ten that is at least `noise`."""
    power = math.floor(math.log10(noise))
    steps = (_of(factor, 10.0**exponent) for exponent in (power, power + 1) for factor in (1, 2, 5))
    return next(step for step in steps if step >= noise * (1 - 1e-9))


def _largest_noise(halves: Sequence[Measurement]) -> float:
    return max((half.noise for half in halves if half.noise is not None), default=0.0)


def _of(steps: int, step: float) -> float:
    return float(f"{steps * step:.12g}") + 0.0  # 7 * 0.01 is 0.07, and -0.0 is 0


def complete(calibrations: Sequence[Calibration]) -> Mapping[str, Bounds]:
    """The proposals by metric. Raises LabError when one metric has none."""
    problems = [f"{one.metric}: {one.problem}" for one in calibrations if one.proposed is None]
    if problems:
        raise LabError(problems, "lab.toml was not changed")
    return {one.metric: one.proposed for one in calibrations if one.proposed is not None}
