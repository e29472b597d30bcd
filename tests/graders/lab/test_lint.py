"""What lint demands of a submission's report, on each half of the hidden rows."""

from pushmark_graders.lab.lint import judge, judge_both_halves
from pushmark_graders.lab.variants import Variant
from pushmark_graders.report.final import Final, FinalMetric
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
