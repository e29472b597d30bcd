"""`[[metrics]]` of `lab.toml` as a type, and the faults of one that types cannot say."""

from typing import Literal

import msgspec

from pushmark_graders.toml_file import show

RANKINGS = frozenset({"precision_at_k", "ndcg"})
"""Functions that rank the rows of each group of the hidden set."""

LOWER_IS_BETTER = frozenset({"log_loss", "rmse", "mae", "brier", "calibration_error", "cost"})

TAKEN_BY: dict[str, frozenset[str]] = {
    "k": RANKINGS,
    "bins": frozenset({"calibration_error"}),
    "false_positive_cost": frozenset({"cost"}),
    "false_negative_cost": frozenset({"cost"}),
    "threshold": frozenset({"cost"}),
    "threshold_from": frozenset({"cost"}),
}
"""Keys that only some functions have a use for."""

NEEDED_BY = {
    "precision_at_k": ("k",),
    "calibration_error": ("bins",),
    "cost": ("false_positive_cost", "false_negative_cost"),
}


MOST_REPEATS = 9


class MetricSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A number that the grader measures itself on the hidden set.

    `predict` is `module:function` in the submission, called with the hidden inputs as keyword
    arguments; it returns one score per row. `reference` names the entry of the hidden set's
    `references` whose score is subtracted. `claim` is the dotted key in the training's metrics file.
    Points are linear between `baseline` (0) and `target` (all). A learner is told nothing finer than
    `step`. `honesty_points` are earned when the claim is at most `tolerance` above the measurement.
    `needs` lists checks that must pass first. `repeats` fresh workers are asked, and the median counts.
    `margin` is how many times the noise of a skill lint wants between the solution and `target`, and between what is
    weak and `baseline`; `weak` names what that is: `reference`, `starter`, or a submission of the lab such as
    `mutants/NAME`. The keys of `TAKEN_BY` are None or empty unless `function` takes them.
    """

    name: str
    title: str
    predict: str
    function: Literal[
        "roc_auc",
        "log_loss",
        "accuracy",
        "rmse",
        "mae",
        "average_precision",
        "brier",
        "calibration_error",
        "cost",
        "precision_at_k",
        "ndcg",
    ]
    points: float
    baseline: float
    target: float
    step: float = 0.01
    k: int | None = None
    bins: int | None = None
    false_positive_cost: float | None = None
    false_negative_cost: float | None = None
    threshold: float | None = None
    threshold_from: str = ""
    repeats: int = 1
    reference: str = ""
    claim: str = ""
    honesty_points: float = 0.0
    tolerance: float = 0.0
    needs: list[str] = []
    hint: str = ""
    honesty_hint: str = ""
    seconds: float = 120.0
    margin: float = 1.0
    weak: list[str] = []


def faults(metric: MetricSpec) -> list[str]:
    """Each as `key: what was expected, and what is there`."""
    problems = [
        f"{key}: expected 0 or more, got {getattr(metric, key)}"
        for key in ("points", "honesty_points", "tolerance", "seconds", "margin")
        if getattr(metric, key) < 0
    ]
    if metric.baseline == metric.target:
        problems.append(f"target: expected a value other than baseline {metric.baseline}")
    elif (metric.target < metric.baseline) != (metric.function in LOWER_IS_BETTER):
        side, better = ("below", "lower") if metric.function in LOWER_IS_BETTER else ("above", "higher")
        problems.append(
            f"target: expected a value {side} baseline {metric.baseline:g}, "
            f"as {better} is better for {metric.function}, got {metric.target:g}"
        )
    problems += _off_the_grid(metric)
    if metric.predict.count(":") != 1:
        problems.append(f"predict: expected module:function, got {show(metric.predict)}")
    if metric.repeats % 2 == 0 or not 1 <= metric.repeats <= MOST_REPEATS:
        problems.append(
            f"repeats: expected an odd number from 1 to {MOST_REPEATS}, so that one is the median, got {metric.repeats}"
        )
    return problems + _keys_of_its_function(metric)


def _off_the_grid(metric: MetricSpec) -> list[str]:
    """A skill is told in steps: a bound between two of them would move with luck."""
    if metric.step <= 0:
        return [f"step: expected a number above 0, got {metric.step}"]
    return [
        f"{key}: expected a multiple of step {metric.step:g}, got {value:g}"
        for key, value in (("baseline", metric.baseline), ("target", metric.target))
        if abs(value / metric.step - round(value / metric.step)) > 1e-6
    ]


def _keys_of_its_function(metric: MetricSpec) -> list[str]:
    problems = [
        f"{key}: {metric.function} takes no such key, only {' and '.join(sorted(functions))}; leave it out"
        for key, functions in TAKEN_BY.items()
        if metric.function not in functions and getattr(metric, key) not in (None, "")
    ]
    problems += [
        f"{key}: missing; {metric.function} needs a number above 0"
        for key in NEEDED_BY.get(metric.function, ())
        if getattr(metric, key) is None
    ]
    problems += [
        f"{key}: expected a number above 0, got {value}"
        for key in ("k", "bins", "false_positive_cost", "false_negative_cost")
        if (value := getattr(metric, key)) is not None and value <= 0
    ]
    if metric.threshold is not None and not 0 <= metric.threshold <= 1:
        problems.append(f"threshold: expected a probability, from 0 to 1, got {metric.threshold}")
    if metric.threshold is not None and metric.threshold_from:
        problems.append("threshold_from: the lab gives a threshold already; leave out one of the two")
    if metric.threshold_from and metric.threshold_from.count(":") != 1:
        problems.append(f"threshold_from: expected module:name, got {show(metric.threshold_from)}")
    return problems
