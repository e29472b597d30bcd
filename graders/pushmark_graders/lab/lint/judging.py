"""What a submission that a lab ships must earn: pure, from its report and what only staff read."""

from msgspec.structs import replace

from pushmark_graders.grading import scoring
from pushmark_graders.lab.variants import Variant
from pushmark_graders.report.final import Final
from pushmark_graders.report.model import Report

STARTER_AT_MOST = 0.10


def judge_both_halves(variant: Variant, report: Report, staff: Final) -> list[str]:
    """Compare what it earned on each half of the hidden rows: the thresholds must hold on both."""
    told = judge(variant, report)
    metrics = [metric.final for metric in staff.metrics]
    unseen = judge(variant, replace(report, metrics=metrics, score=scoring.total(report.tasks, metrics)))
    unseen = [f"on the final half, {problem}" for problem in unseen if problem not in told]
    return told + unseen + (too_fine(staff) if variant.kind in {"solution", "honest"} else [])


def too_fine(staff: Final) -> list[str]:
    """The metrics whose step is smaller than the noise of their skill: points would follow luck."""
    problems = []
    for metric in staff.metrics:
        halves = (metric.feedback_half, metric.final_half)
        noise = max((half.noise or 0.0 for half in halves if half is not None), default=0.0)
        step = metric.final.step
        if step is not None and noise > step:
            problems.append(
                f"{metric.name} has a step of {step:g}, and its skill a noise of {noise:.2g}: "
                "give more hidden rows, more repeats where training is random, or a step as large as the noise"
            )
    return problems


def judge(variant: Variant, report: Report) -> list[str]:
    """Compare what a submission of the lab earned with what it must earn."""
    if report.status == "ungraded":
        return [f"it is ungraded: {report.message}"]
    lost = lost_parts(report)
    if variant.kind == "starter":
        share = report.score.points / report.score.max if report.score.max else 0.0
        return [f"it earns {share:.0%}; at most {STARTER_AT_MOST:.0%} is right"] if share > STARTER_AT_MOST else []
    expected = set(variant.loses)
    problems = [f"it must lose {name}, and does not" for name in sorted(expected - lost.keys())]
    problems += [f"it loses {name} ({lost[name]})" for name in sorted(lost.keys() - expected)]
    return problems


def lost_parts(report: Report) -> dict[str, str]:
    """Check ids and metric names that did not earn all their points, with the reason."""
    checks = {
        check.id: f"{check.state}: {check.message.splitlines()[0]}" if check.message else check.state
        for task in report.tasks
        for check in task.checks
        if check.state != "passed"
    }
    metrics = {
        metric.name: f"{metric.points:g} of {metric.max:g}; measured {metric.measured}"
        for metric in report.metrics
        if metric.points < metric.max
    }
    return checks | metrics
