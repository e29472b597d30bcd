"""What a report says in words: the verdict, the change, what to mend first, and the next step.

The comment and the terminal both speak from here, so a learner reads the same sentences in both.
Nothing here is escaped: titles and hints are an author's text, which the renderers escape.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from msgspec.structs import replace

from pushmark_graders.report.model import (
    BudgetResult,
    CheckResult,
    LeakFinding,
    MetricResult,
    Report,
    State,
    TaskResult,
)
from pushmark_graders.report.words import amount, number, quantity, ratio

Shown = State | Literal["partial", "noisy"]
"""A state as a person sees it. `partial` is a measurement that earned some of its points, `noisy` one of a cost that
the machine's own spread hides."""

ICONS: dict[Shown, str] = {
    "passed": "✅",
    "partial": "📈",
    "failed": "❌",
    "blocked": "⏸️",
    "error": "⚠️",
    "ungraded": "⚙️",
    "noisy": "🌫️",
}
MARKS: dict[Shown, str] = {
    "passed": "✓",
    "partial": "~",
    "failed": "✗",
    "blocked": "…",
    "error": "!",
    "ungraded": "?",
    "noisy": "≈",
}
WORDS: dict[State, str] = {
    "passed": "passed",
    "failed": "failed",
    "blocked": "blocked",
    "error": "error",
    "ungraded": "not graded",
}
_WORST_FIRST: tuple[State, ...] = ("ungraded", "error", "failed", "blocked")


class Finding(NamedTuple):
    """A check that did not pass, and the task it belongs to."""

    task: TaskResult
    check: CheckResult


def redact(report: Report) -> Report:
    """Return the report as a learner may see it: of a hidden check only its title, state and hint.

    Points and the ids a blocked check waits for stay; they are the author's. Of a budget that a hidden check judges
    the author's bounds stay. The grader leaves the rest empty already; this holds when it did not. A fast report is
    compared with no attempt, which had other checks: it carries the last one only for the full report that may follow.
    """
    hidden = {check.id for task in report.tasks for check in task.checks if check.hidden}
    tasks = [replace(task, checks=[_redact_check(check) for check in task.checks]) for task in report.tasks]
    budgets = [_redact_budget(budget) if budget.check in hidden else budget for budget in report.budgets]
    previous = None if report.tier == "fast" else report.previous
    return replace(report, tasks=tasks, budgets=budgets, previous=previous)


def _redact_check(check: CheckResult) -> CheckResult:
    if not check.hidden:
        return check
    return replace(check, message="", output="", location=None, seconds=0.0, leaks=[])


def _redact_budget(budget: BudgetResult) -> BudgetResult:
    return replace(budget, measured=None, reference=None, ratio=None, noise=None, message="")


def attempt(report: Report) -> str:
    """Say which attempt this is and, where a course limits them, how many are left: "attempt 3, 37 of 40 left"."""
    said = f"before attempt {report.attempt}" if report.tier == "fast" else f"attempt {report.attempt}"
    if report.attempts is None:
        return said
    left = report.attempts
    said += f", {left.left} of {left.total} left"
    return f"{said}, {left.left_today} of them now" if left.left_today < left.left else said


def headline(report: Report) -> str:
    """Return the first line without its icon: verdict, score, change since the last attempt."""
    what = {"practice": "practice points", "fast": "points so far", "full": "points"}[report.tier]
    score = f"{amount(report.score.points)} of {amount(report.score.max)} {what}"
    return f"{_verdict(report)}: {score}{_since(report)}"


def icon(report: Report) -> str:
    return "🔧" if something_left(report) else "✅"


def something_left(report: Report) -> bool:
    return bool(findings(report)) or training_broke(report) or _open_metric(report) is not None


def _verdict(report: Report) -> str:
    left = findings(report)
    if report.training and training_broke(report):
        return "Training ran out of time" if report.training.state == "timeout" else "Training failed"
    if any(finding.check.state != "ungraded" for finding in left):
        return "Not there yet"
    if left:
        return "Partly graded"
    if any(metric.honest is False for metric in report.metrics):
        return "All checks passed, but a claim does not hold"
    if report.tier == "practice":
        return "All public checks passed"
    if report.tier == "fast":
        return "All checks of the fast tier passed"
    return "All checks passed" if _open_metric(report) or report.score.points < report.score.max else "Passed"


def _since(report: Report) -> str:
    if report.previous is None:
        return ""
    before = report.previous
    difference = round(report.score.points - before.points, 2)
    if before.max != report.score.max:
        return f", last time {amount(before.points)} of {amount(before.max)}"
    if not difference:
        return ", the same as last time"
    return f", {amount(abs(difference))} {'more' if difference > 0 else 'fewer'} than last time"


def findings(report: Report) -> list[Finding]:
    """Return every check that did not pass, what can be mended now before what waits for it.

    Public failures come first, for they say the most; then hidden ones, blocked ones, and ours.
    """
    order = {"failed": 0, "error": 0, "blocked": 2, "ungraded": 3}
    left = [Finding(task, check) for task in report.tasks for check in task.checks if check.state != "passed"]
    return sorted(left, key=lambda finding: order[finding.check.state] or int(finding.check.hidden))


def training_broke(report: Report) -> bool:
    return report.training is not None and report.training.state in {"failed", "timeout"}


def waits_for(report: Report, check: CheckResult) -> list[str]:
    """Return what a blocked check waits for: titles of checks (an id, where no title is known)."""
    titles = {other.id: other.title for task in report.tasks for other in task.checks}
    if not check.waits_for and training_broke(report):
        return ["the training"]
    return [titles.get(name, name) for name in check.waits_for]


def task_state(task: TaskResult) -> tuple[State, str]:
    """Return a task's state and its words, such as "failed, 3 of 5 passed"."""
    states = [check.state for check in task.checks]
    worst: State = next((state for state in _WORST_FIRST if state in states), "passed")
    passed = states.count("passed")
    if worst == "passed" or not passed:
        return worst, WORDS[worst]
    return worst, f"{WORDS[worst]}, {passed} of {len(states)} passed"


def metric_state(metric: MetricResult) -> tuple[Shown, str]:
    """Return a measurement's state and its words: an over-claim and part of the points have their own."""
    if metric.honest is False:
        return "failed", "over-claimed"
    if metric.state in {"passed", "failed"} and metric.points < metric.max:
        return ("partial", "part of the points") if metric.points > 0 else ("failed", "no points yet")
    return metric.state, WORDS[metric.state]


def budget_state(budget: BudgetResult) -> tuple[Shown, str]:
    """Return a budget's state and its words: a cost that was measured and not judged was lost in the noise."""
    if budget.state == "ungraded" and (budget.measured is not None or budget.ratio is not None):
        return "noisy", "too noisy to judge"
    return budget.state, WORDS[budget.state]


def next_step(report: Report) -> str:
    """Return one thing to do now, as an author's sentence (code spans allowed)."""
    left = findings(report)
    mendable = [finding for finding in left if finding.check.state in {"failed", "error"}]
    if training_broke(report) and (not mendable or mendable[0].check.hidden):
        return "mend the training first; the report shows what it said last. Then push again."
    if mendable:
        return _mend(report, mendable[0])
    if left:
        return "nothing is yours to mend here; ask for another run, or tell your instructor."
    metric = _open_metric(report)
    if metric is None and report.tier == "practice":
        return "every public check passes; your course's own run has the hidden ones and decides the grade."
    if metric is None and report.tier == "fast":
        return "nothing is left to mend here; the full tier does the rest."
    if metric is None:
        return "nothing is left to mend. Well done; go on to the next lab when you like."
    return _metric_step(metric)


def _metric_step(metric: MetricResult) -> str:
    if metric.honest is False:
        return f"find out why {metric.title} is claimed higher than it measures, then push again."
    if metric.state == "error":
        return f"mend what stopped the measurement of {metric.title}, then push again."
    move = "lower" if lower_is_better(metric) else "raise"
    return f"every check passes; {move} {metric.title} for the remaining points, if you like."


def lower_is_better(metric: MetricResult) -> bool:
    return metric.target is not None and metric.baseline is not None and metric.target < metric.baseline


def interval_reaches_target(metric: MetricResult) -> bool:
    """Whether the measurement misses the target, and on other rows of the same kind might not have."""
    if metric.measured is None or metric.low is None or metric.high is None or metric.target is None:
        return False
    target = metric.target + (metric.reference or 0.0)
    return metric.low < target < metric.measured if lower_is_better(metric) else metric.measured < target < metric.high


def _mend(report: Report, finding: Finding) -> str:
    waiting = sum(finding.check.id in other.check.waits_for for other in findings(report))
    also = f" {waiting} blocked check{'s wait' if waiting > 1 else ' waits'} for it." if waiting else ""
    return f'in task {finding.task.number}, mend "{finding.check.title.rstrip(".")}", then push again.{also}'


def _open_metric(report: Report) -> MetricResult | None:
    """The metric to look at first: an over-claim, then one that broke, then one short of its points."""
    dishonest = [metric for metric in report.metrics if metric.honest is False]
    broken = [metric for metric in report.metrics if metric.state == "error"]
    short = [metric for metric in report.metrics if metric.points < metric.max]
    return next(iter([*dishonest, *broken, *short]), None)


def leak_columns(found: Sequence[LeakFinding]) -> list[str]:
    """The headers of the table of leaks; without the last one where no clock was set for any of them."""
    columns = ["Column", "Values that changed", "Share", "First at"]
    return columns if any(leak.moment for leak in found) else columns[:-1]


def claim_cells(metric: MetricResult) -> list[str]:
    """Return the numbers of a claim's row: claim, measurement with interval, reference, gap, allowed gap."""
    measured = number(metric.measured)
    if metric.measured is not None and metric.low is not None and metric.high is not None:
        measured += f" ({number(metric.low)} to {number(metric.high)})"
    return [number(metric.claimed), measured, *map(number, (metric.reference, metric.gap, metric.tolerance))]


def honesty(metric: MetricResult) -> tuple[str, str]:
    """Return the verdict on a claim in one or two words, and the sentence that explains it."""
    if metric.measured is None:
        return "Not measured", _why_not_measured(metric)
    measured = f"the grader measured {number(metric.measured)} on rows that your code had not seen"
    if metric.honest is None or metric.claimed is None:
        return "No claim", f"your run logged no value for it; {measured}."
    if not math.isfinite(metric.claimed):
        return "No usable claim", f"your run logged a value that is not a number; {measured}."
    gap = metric.gap if metric.gap is not None else metric.claimed - metric.measured
    claim = f"your run claims {number(metric.claimed)}, {measured}"
    allowed = "" if metric.tolerance is None else f" {number(metric.tolerance)}"
    if not metric.honest:
        return "Over-claimed", f"{claim}. The gap of {number(abs(gap))} is more than the allowed{allowed or ' one'}."
    if gap < 0:
        return "Honest", f"{claim}, which is better than the claim."
    return "Honest", f"{claim}. The gap of {number(abs(gap))} is within the allowed{allowed or ' one'}."


def _why_not_measured(metric: MetricResult) -> str:
    if metric.state == "blocked":
        return "it is measured once the training and the checks before it pass."
    if metric.state == "ungraded":
        return "our side failed here; it is not held against you."
    return "your code gave no usable predictions for the hidden rows."


def points_explained(metric: MetricResult) -> str:
    """Say between which measurements a metric earns points, and where this one is."""
    what = "The measurement"
    if metric.reference is not None:
        what = "The difference from the reference" if lower_is_better(metric) else "The lead over the reference"
    value = "" if metric.measured is None else f"; yours is {number(metric.measured - (metric.reference or 0.0))}"
    said = f"{what} earns points from {number(metric.baseline)} (none) to {number(metric.target)} (all){value}."
    return f"{said} {_DECIDED}" if interval_reaches_target(metric) else said


_DECIDED = (
    "The interval reaches over that target: on other rows you might have met it. "
    "The measurement decides, not the interval."
)


def budget_explained(budget: BudgetResult) -> str:
    """Say why a budget that did not pass did not; empty where its table says it all."""
    if budget_state(budget)[0] == "noisy":
        return (
            "It was measured, but this machine's own spread is larger than what there is to tell. "
            "That says nothing about your code."
        )
    if budget.state == "ungraded":
        return "Our side failed here; it is not held against you."
    if budget.state == "passed":
        return ""
    over: list[str] = []
    if budget.ratio is not None and budget.at_most is not None and budget.ratio > budget.at_most:
        over.append(f"it costs {ratio(budget.ratio)} the reference, and at most {ratio(budget.at_most)} is allowed")
    if budget.measured is not None and budget.limit is not None and budget.measured > budget.limit:
        took, limit = quantity(budget.measured, budget.unit), quantity(budget.limit, budget.unit)
        over.append(f"it takes {took}, and {limit} is the limit")
    said = "; ".join(over)
    return f"{said[0].upper()}{said[1:]}." if said else ""
