"""The bounds of a metric lie between what is weak and what is right, with room for luck on both sides."""

from typing import Any

import pytest
from pushmark_graders.lab.lint import thresholds
from pushmark_graders.lab.metric_spec import MetricSpec
from pushmark_graders.lab.spec import LabSpec, SubmissionSpec, TaskSpec
from pushmark_graders.report.final import Final, FinalMetric, Measurement
from pushmark_graders.report.model import LabRef, MetricResult


def spec(**more: Any) -> LabSpec:
    keys: dict[str, Any] = {"function": "roc_auc", "baseline": 0.6, "target": 0.7} | more
    metric = MetricSpec(name="auc", title="AUC", predict="m:predict", points=10, **keys)
    return LabSpec(
        schema=1, slug="lab", title="A lab", version="1", summary="A lab.", metrics=[metric],
        tasks=[TaskSpec(number=1, title="One")], submission=SubmissionSpec(editable=["*"]),
    )  # fmt: skip


def final(*skills: float | None, noise: float | None = 0.01) -> Final:
    halves: list[Measurement | None] = [Measurement(rows=100, measured=one, skill=one, noise=noise) for one in skills]
    halves = halves or [None, None]
    told = MetricResult(name="auc", title="AUC", state="failed", points=0, max=10)
    one = FinalMetric(name="auc", final=told, feedback_half=halves[0], final_half=halves[1])
    return Final(lab=LabRef(slug="lab", version="1", title="A lab"), metrics=[one])


def problems(lab: LabSpec, solution: Final, starter: Final) -> list[str]:
    verdict = thresholds.prove(lab, {"solution": solution, "starter": starter}, kept=False)
    assert verdict is not None
    return verdict.problems


def test_room_on_both_sides_is_told_in_noises_of_the_nearer_half() -> None:
    verdict = thresholds.prove(spec(), {"solution": final(0.75, 0.73), "starter": final(0.5, 0.55)}, kept=True)
    assert verdict is not None
    assert verdict.problems == []
    assert verdict.told == "auc: 3.0 noises above the target, 5.0 below the baseline"


def test_a_solution_too_near_the_target_on_one_half_is_named() -> None:
    (problem,) = problems(spec(), final(0.75, 0.705), final(0.5, 0.5))
    assert problem.startswith("auc: the solution is 0.5 times the noise of its skill beyond the target")
    assert problems(spec(margin=0.4), final(0.75, 0.705), final(0.5, 0.5)) == []


def test_a_starter_too_near_the_baseline_on_one_half_is_named() -> None:
    (problem,) = problems(spec(), final(0.8, 0.8), final(0.5, 0.595))
    assert problem.startswith("auc: the starter is 0.5 times the noise of its skill short of the baseline")


def test_a_baseline_too_near_the_reference_is_named() -> None:
    lab = spec(reference="guess", baseline=0.0, target=0.1)
    (problem,) = problems(lab, final(0.2, 0.2), final(-0.2, -0.2))
    assert problem.startswith("auc: the reference guess is 0.0 times the noise of its skill short of the baseline")


def test_an_author_names_what_is_weak_where_neither_the_reference_nor_the_starter_is() -> None:
    lab = spec(function="rmse", reference="tuned", baseline=0.4, target=0.1, weak=["mutants/careless"])
    finals = {"solution": final(0.0, 0.0), "starter": final(0.05, 0.05), "mutants/careless": final(1.0, 0.405)}
    verdict = thresholds.prove(lab, finals, kept=False)
    assert verdict is not None
    assert verdict.problems == [
        "auc: mutants/careless is 0.5 times the noise of its skill short of the baseline, and the margin is 1: "
        "choose a baseline that is harder to reach, or give more hidden rows"
    ]
    assert (
        len(
            problems(
                spec(function="rmse", reference="tuned", baseline=0.4, target=0.1), final(0.0, 0.0), final(0.05, 0.05)
            )
        )
        == 1
    )


def test_a_weak_submission_that_is_not_there_is_named() -> None:
    assert problems(spec(weak=["mutants/gone"]), final(0.8, 0.8), final(0.5, 0.5)) == [
        "auc: weak: no submission of this lab is called mutants/gone"
    ]


def test_where_lower_is_better_the_sides_are_turned() -> None:
    lab = spec(function="rmse", baseline=5.0, target=4.0)
    assert problems(lab, final(3.0, 3.0), final(6.0, 6.0)) == []
    assert len(problems(lab, final(4.5, 4.5), final(4.8, 4.8))) == 2


def test_without_noise_any_room_is_enough_and_none_is_not() -> None:
    assert problems(spec(), final(0.701, 0.701, noise=None), final(0.5, 0.5, noise=None)) == []
    assert len(problems(spec(), final(0.699, 0.699, noise=None), final(0.601, 0.601, noise=None))) == 2


@pytest.mark.parametrize(("solution", "starter", "says"), [
    (final(), final(0.5, 0.5), "auc: nothing was measured of the solution"),
    (final(0.8, 0.8), final(), "auc: nothing weak was measured: name a reference, or let the starter predict"),
])  # fmt: skip
def test_what_was_not_measured_is_said(solution: Final, starter: Final, says: str) -> None:
    assert problems(spec(), solution, starter) == [says]


def test_a_lab_without_metrics_and_a_run_without_the_starter_have_no_verdict() -> None:
    assert thresholds.prove(spec(), {"solution": final(0.8, 0.8)}, kept=False) is None
