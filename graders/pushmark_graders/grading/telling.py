"""What a learner is told of a measurement: one skill in steps, and nothing that could say more.

All numbers of a result are functions of four things: the skill and the half-width of the interval, both
in whole steps; the reference in whole steps, the same in every attempt; and the learner's own claim. So an
attempt tells at most `levels * (WIDEST + 1)` different things about the labels, which
docs/explanation/score-channel.md counts.
"""

import math

from pushmark_graders.lab.metric_spec import LOWER_IS_BETTER, MetricSpec
from pushmark_graders.report.final import Measurement
from pushmark_graders.report.model import MetricResult, State

WIDEST = 16
"""Steps on each side of a told interval; a wider one is not told: the lab has too few rows for its step."""

_ENDLESS = frozenset({"log_loss", "rmse", "mae", "cost"})

SPANS = 10
"""Where the scale of an error ends: this many times the stretch from target to baseline beyond the worse of them.

An error has no upper end, and could otherwise carry any number of digits in front of the point.
"""


def to_step(value: float, step: float) -> float:
    """`value` as the nearest whole number of steps."""
    return _whole(round(value / step), step)


def _whole(steps: int, step: float) -> float:
    return float(f"{steps * step:.12g}") + 0.0  # 7 * 0.01 is 0.07, and -0.0 is 0


def tell(spec: MetricSpec, exact: Measurement, claimed: float | None) -> MetricResult:
    """The result for the learner: measurement, interval, points and honesty, all from stepped numbers."""
    reference = None if exact.reference is None else to_step(exact.reference, spec.step)
    worst = end_of_scale(spec)
    if exact.measured is None or exact.skill is None or exact.skill > worst:
        return _beyond(spec, reference, claimed, worst + (reference or 0.0))
    skill = to_step(exact.skill, spec.step)
    measured = to_step(skill + (reference or 0.0), spec.step)
    low, high = _interval(spec, exact, measured)
    gap, honest = judge_claim(spec, claimed, measured)
    share = min(max((skill - spec.baseline) / (spec.target - spec.baseline), 0.0), 1.0)
    points = spec.points * share + (spec.honesty_points if honest else 0.0)
    return result(
        spec,
        state="passed" if share >= 1.0 and honest is not False else "failed",
        points=min(round(points, 2), spec.points + spec.honesty_points),
        claimed=claimed,
        measured=measured,
        low=low,
        high=high,
        reference=reference,
        gap=gap,
        honest=honest,
    )


def end_of_scale(spec: MetricSpec) -> float:
    """The largest skill that is told; infinity where a score has an end of its own."""
    if spec.function not in LOWER_IS_BETTER:
        return math.inf
    return max(spec.baseline, spec.target) + SPANS * abs(spec.target - spec.baseline)


def _beyond(spec: MetricSpec, reference: float | None, claimed: float | None, end: float) -> MetricResult:
    """Off the scale: no number, no points for skill, and only a claim that is off the scale too holds."""
    honest = None if claimed is None else claimed > end
    return result(
        spec,
        state="failed",
        points=spec.honesty_points if honest else 0.0,
        claimed=claimed,
        reference=reference,
        honest=honest,
        message=f"Worse than {end:.6g}, where the scale ends." if math.isfinite(end) else "",
    )


def _interval(spec: MetricSpec, exact: Measurement, measured: float) -> tuple[float | None, float | None]:
    """The fewest whole steps around `measured` that hold the exact interval, within what the function can be."""
    if exact.low is None or exact.high is None:
        return None, None
    wide = max(1, math.ceil(max(exact.high - measured, measured - exact.low) / spec.step - 1e-9))
    if wide > WIDEST:
        return None, None
    most = math.inf if spec.function in _ENDLESS else 1.0
    around = (to_step(measured - wide * spec.step, spec.step), to_step(measured + wide * spec.step, spec.step))
    return max(around[0], 0.0), min(around[1], most)


def judge_claim(spec: MetricSpec, claimed: float | None, measured: float) -> tuple[float | None, bool | None]:
    """How far the claim flatters the told measurement, and whether that is within the lab's tolerance."""
    if claimed is None:
        return None, None
    gap = measured - claimed if spec.function in LOWER_IS_BETTER else claimed - measured
    return gap, bool(gap <= spec.tolerance + 1e-9)


def result(
    spec: MetricSpec,
    *,
    state: State,
    points: float = 0.0,
    message: str = "",
    claimed: float | None = None,
    measured: float | None = None,
    low: float | None = None,
    high: float | None = None,
    reference: float | None = None,
    gap: float | None = None,
    honest: bool | None = None,
) -> MetricResult:
    """A result with what the lab says about the metric filled in."""
    hint = "" if state == "passed" else spec.honesty_hint if honest is False else spec.hint
    return MetricResult(
        name=spec.name,
        title=spec.title,
        state=state,
        points=points,
        max=spec.points + spec.honesty_points,
        claimed=_short(claimed),
        measured=measured,
        low=low,
        high=high,
        reference=reference,
        baseline=spec.baseline,
        target=spec.target,
        step=spec.step,
        gap=_short(gap),
        tolerance=spec.tolerance if spec.claim else None,
        honest=honest,
        message=message,
        hint=hint,
    )


def _short(value: float | None) -> float | None:
    """The learner's own claim, and what is left of it, in four significant digits."""
    return float(f"{value:.4g}") if value is not None and math.isfinite(value) else None
