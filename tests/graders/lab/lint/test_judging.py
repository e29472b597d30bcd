"""What lint demands of a submission's report, on each half of the hidden rows."""

from msgspec.structs import replace
from pushmark_graders.lab.lint.judging import judge, judge_both_halves
from pushmark_graders.lab.variants import Variant
from pushmark_graders.report.final import Final, FinalMetric, Measurement
from pushmark_graders.report.model import Environment, LabRef, MetricResult, Report, Score, Timing

LAB = LabRef(slug="lab", version="1", title="A lab")
SOLUTION = Variant(name="solution", kind="solution", layers=[])
STARTER = Variant(name="starter", kind="starter", layers=[])
MUTANT = Variant(name="mutants/m", kind="mutant", layers=[], loses=["auc"])


def metric(points: float) -> MetricResult:
    return MetricResult(name="auc", title="AUC", state="failed", points=points, max=20, measured=0.7)


def report(points: float) -> Report:
    return Report(
        lab=LAB, tier="full", status="graded", score=Score(points=points, max=20), tasks=[], metrics=[metric(points)],
        environment=Environment(grader="0", python="3", policy="local"), timing=Timing(total=1),
    )  # fmt: skip


def final(points: float) -> Final:
    return Final(lab=LAB, metrics=[FinalMetric(name="auc", final=metric(points))])


def test_a_solution_must_earn_everything_on_both_halves() -> None:
    assert judge_both_halves(SOLUTION, report(20), final(20)) == []
    assert judge_both_halves(SOLUTION, report(20), final(15)) == [
        "on the final half, it loses auc (15 of 20; measured 0.7)"
    ]
    assert judge_both_halves(SOLUTION, report(15), final(20)) == ["it loses auc (15 of 20; measured 0.7)"]


def test_a_mutant_must_lose_what_it_names_on_both_halves() -> None:
    assert judge_both_halves(MUTANT, report(5), final(10)) == []
    assert judge_both_halves(MUTANT, report(5), final(20)) == ["on the final half, it must lose auc, and does not"]


def test_a_starter_must_earn_next_to_nothing_on_both_halves() -> None:
    assert judge_both_halves(STARTER, report(2), final(1)) == []
    assert judge_both_halves(STARTER, report(2), final(10)) == ["on the final half, it earns 50%; at most 10% is right"]


def test_what_is_wrong_on_both_halves_is_said_once() -> None:
    assert judge_both_halves(SOLUTION, report(5), final(5)) == judge(SOLUTION, report(5))


def noisy(noise: float | None, *, step: float = 0.01) -> Final:
    half = Measurement(rows=100, measured=0.7, skill=0.1, noise=noise)
    told = replace(metric(20), step=step)
    calm = replace(half, noise=0.001)
    return Final(lab=LAB, metrics=[FinalMetric(name="auc", final=told, feedback_half=calm, final_half=half)])


def test_a_step_smaller_than_the_noise_of_a_right_solution_is_refused() -> None:
    said = "auc has a step of 0.01, and its skill a noise of 0.013: give more hidden rows, more repeats"
    for variant in (SOLUTION, Variant(name="honest/h", kind="honest", layers=[])):
        (problem,) = judge_both_halves(variant, report(20), noisy(0.013))
        assert problem.startswith(said)
        assert judge_both_halves(variant, report(20), noisy(0.013, step=0.02)) == []
        assert judge_both_halves(variant, report(20), noisy(None)) == []


def test_how_noisy_a_wrong_submission_is_does_not_matter() -> None:
    wild = replace(noisy(0.5), metrics=[replace(noisy(0.5).metrics[0], final=replace(metric(5), step=0.01))])
    assert judge_both_halves(MUTANT, report(5), wild) == []
