"""An attempt after another one: its number and what it is compared with."""

from msgspec.structs import replace
from pushmark_graders.grading.history import after
from pushmark_graders.report.model import (
    Environment,
    LabRef,
    MetricResult,
    Previous,
    Report,
    Score,
    SubmissionRef,
    TaskResult,
    Timing,
)


def report(points: float, *, commit: str = "", slug: str = "lab", attempt: int = 1) -> Report:
    return Report(
        lab=LabRef(slug=slug, version="1.0.0", title="Lab"),
        submission=SubmissionRef(commit=commit),
        attempt=attempt,
        tier="full",
        status="graded",
        score=Score(points=points, max=10),
        tasks=[TaskResult(number=1, title="One", points=points, max=10, checks=[])],
        metrics=[MetricResult(name="auc", title="AUC", state="failed", points=1.5, max=4)],
        environment=Environment(grader="0", python="3", policy="local"),
        timing=Timing(total=1),
    )


def test_the_next_attempt_counts_on_and_is_compared_with_the_one_before() -> None:
    second = after(report(3, commit="abc", attempt=4), report(5))
    assert second.attempt == 5
    assert second.previous == Previous(points=3, max=10, commit="abc", tasks={1: 3.0}, metrics={"auc": 1.5})
    assert second.score.points == 5


def test_an_ungraded_attempt_costs_none_and_the_comparison_reaches_behind_it() -> None:
    first = report(3, commit="abc")
    broken = replace(after(first, report(0, commit="def")), status="ungraded")
    third = after(broken, report(5))
    assert third.attempt == 2
    assert third.previous is not None
    assert third.previous.commit == "abc"


def test_an_ungraded_first_attempt_leaves_the_next_one_the_first() -> None:
    broken = replace(report(0), status="ungraded")
    assert after(broken, report(5)).attempt == 1
    assert after(broken, report(5)).previous is None


def test_fast_gradings_count_no_attempt_and_the_comparison_reaches_behind_them() -> None:
    def fast(points: float) -> Report:
        return replace(report(points), tier="fast")

    first = after(fast(1), report(3, commit="abc"))
    assert (first.attempt, first.previous) == (1, None)
    second = after(after(after(first, fast(1)), fast(2)), report(5))
    assert second.attempt == 2
    assert second.previous is not None
    assert (second.previous.points, second.previous.commit) == (3, "abc")


def test_the_report_of_another_lab_changes_nothing() -> None:
    mine = report(5)
    assert after(report(3, slug="other"), mine) == mine
