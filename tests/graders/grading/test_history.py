"""An attempt after another one: its number and what it is compared with."""

from msgspec.structs import replace
from pushmark_graders.grading.history import KEPT, after, following
from pushmark_graders.report.model import (
    Environment,
    LabRef,
    MetricResult,
    PastAttempt,
    Previous,
    Report,
    Score,
    SubmissionRef,
    TaskResult,
    Timing,
)
from pushmark_graders.report.trend import past


def report(points: float, *, commit: str = "", slug: str = "lab", attempt: int = 1) -> Report:
    return Report(
        lab=LabRef(slug=slug, version="1.0.0", title="Lab"),
        submission=SubmissionRef(commit=commit),
        attempt=attempt,
        tier="full",
        status="graded",
        score=Score(points=points, max=10),
        tasks=[TaskResult(number=1, title="One", points=points, max=10, checks=[])],
        metrics=[MetricResult(name="auc", title="AUC", state="failed", points=1.5, max=4, measured=0.7)],
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


def test_the_history_grows_by_each_attempt_that_counts() -> None:
    first = report(3, commit="abc")
    second = after(first, report(5, commit="def"))
    broken = replace(after(second, report(0)), status="ungraded")
    third = after(broken, report(7))
    assert third.attempt == 3
    assert third.history == [
        PastAttempt(attempt=1, points=3, max=10, commit="abc", metrics={"auc": 0.7}),
        PastAttempt(attempt=2, points=5, max=10, commit="def", metrics={"auc": 0.7}),
    ]


def test_of_many_attempts_the_last_ones_are_kept() -> None:
    now = report(0)
    for _ in range(KEPT + 5):
        now = after(now, report(1))
    assert [one.attempt for one in now.history] == list(range(6, KEPT + 6))


def test_reports_that_knew_of_no_history_make_one() -> None:
    earlier = [report(points, attempt=number) for number, points in ((1, 3), (2, 4))]
    now = following(earlier, report(5))
    assert (now.attempt, now.history) == (3, [past(one) for one in earlier])
    assert now.previous is not None
    assert now.previous.points == 4
    assert following([], report(5)) == report(5)
