"""From outcomes to points: pure arithmetic over the list of expected checks.

Anything but `passed` on an expected check is 0 points and says why; what nobody expected counts
nothing. What a hidden check says to the learner is its title, its state and its hint.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from pushmark_graders.grading.catalogue import Check
from pushmark_graders.grading.session import Outcome
from pushmark_graders.lab.spec import TaskSpec
from pushmark_graders.report.model import BudgetResult, CheckResult, MetricResult, Report, Score, TaskResult

NOT_RUN = Outcome(state="ungraded", message="This check did not run.")


def score_tasks(
    tasks: Sequence[TaskSpec], checks: Sequence[Check], outcomes: Mapping[str, Outcome]
) -> list[TaskResult]:
    """The tasks in order, each with its expected checks; a task without checks is left out."""
    results = []
    for task in tasks:
        scored = [score_check(check, outcomes.get(check.id, NOT_RUN)) for check in checks if check.task == task.number]
        if scored:
            points, most = sum(one.points for one in scored), sum(one.max for one in scored)
            results.append(TaskResult(number=task.number, title=task.title, points=points, max=most, checks=scored))
    return results


def score_check(check: Check, outcome: Outcome) -> CheckResult:
    passed = outcome.state == "passed"
    return CheckResult(
        id=check.id,
        title=check.title,
        state=outcome.state,
        points=check.points if passed else 0.0,
        max=check.points,
        hidden=check.hidden,
        message="" if check.hidden else outcome.message,
        output="" if check.hidden or passed else outcome.output,
        hint="" if passed else check.hint,
        waits_for=outcome.waits_for,
        location=None if check.hidden else outcome.location,
        seconds=0.0 if check.hidden or check.suite else round(outcome.seconds, 3),
        leaks=[] if check.hidden else outcome.leaks,
    )


def total(tasks: Sequence[TaskResult], metrics: Sequence[MetricResult]) -> Score:
    points = sum(task.points for task in tasks) + sum(metric.points for metric in metrics)
    most = sum(task.max for task in tasks) + sum(metric.max for metric in metrics)
    return Score(points=round(points, 2), max=round(most, 2))


def is_ungraded(tasks: Sequence[TaskResult], metrics: Sequence[MetricResult]) -> bool:
    """True when our side failed anywhere: then the attempt does not count."""
    return any(check.state == "ungraded" for task in tasks for check in task.checks) or any(
        metric.state == "ungraded" for metric in metrics
    )


def withhold(report: Report) -> Report:
    """An ungraded report without what hidden checks and rows said: it costs no attempt, so it buys nothing."""
    metrics = [
        MetricResult(name=one.name, title=one.title, state="ungraded", points=0.0, max=one.max)
        for one in report.metrics
    ]
    tasks = [_withhold_task(task) for task in report.tasks]
    hidden = {check.id for task in report.tasks for check in task.checks if check.hidden}
    budgets = [_withhold_budget(one) if one.check in hidden else one for one in report.budgets]
    flags = [flag for flag in report.integrity.flags if not any(flag.startswith(f"{one.title}: ") for one in metrics)]
    return replace(
        report,
        tasks=tasks,
        metrics=metrics,
        budgets=budgets,
        score=total(tasks, metrics),
        integrity=replace(report.integrity, flags=flags),
    )


def _withhold_task(task: TaskResult) -> TaskResult:
    checks = [
        replace(check, state="ungraded", points=0.0, hint="", waits_for=[]) if check.hidden else check
        for check in task.checks
    ]
    return replace(task, points=sum(check.points for check in checks), checks=checks)


def _withhold_budget(budget: BudgetResult) -> BudgetResult:
    """The author's bounds stay; what was measured, and on which side of them it is, does not."""
    return replace(budget, state="ungraded", measured=None, reference=None, ratio=None, noise=None, message="")
