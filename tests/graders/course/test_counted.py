"""A grading within a budget: what is run, what is told, and what it costs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest
from msgspec.structs import replace
from pushmark_graders.course.counted import Counted, grade_auto, grade_counted, grade_fast
from pushmark_graders.course.ledger import Ledger
from pushmark_graders.errors import CouldNotGrade, NoAttempt
from pushmark_graders.grading.job import Result
from pushmark_graders.lab.spec import LabSpec, SubmissionSpec
from pushmark_graders.report.final import Final
from pushmark_graders.report.model import (
    AttemptsLeft,
    CheckResult,
    Environment,
    Integrity,
    LabRef,
    MetricResult,
    Report,
    Score,
    State,
    SubmissionRef,
    TaskResult,
    Timing,
)

LAB = LabSpec(
    schema=1, slug="lab", title="A lab", version="1", summary="", tasks=[], submission=SubmissionSpec(editable=["*"])
)
Grade = Callable[..., Counted]


def result(points: float, *, commit: str = "", status: Literal["graded", "ungraded"] = "graded") -> Result:
    lab = LabRef(slug="lab", version="1", title="A lab")
    checks = [
        CheckResult(id="open", title="", state="passed", points=1, max=1),
        CheckResult(id="secret", title="", state="failed", points=0, max=2, hidden=True, hint="Look again."),
    ]
    report = Report(
        lab=lab,
        submission=SubmissionRef(commit=commit),
        tier="full",
        status=status,
        score=Score(points=points, max=9),
        tasks=[TaskResult(number=1, title="One", points=1, max=3, checks=checks)],
        metrics=[MetricResult(name="auc", title="AUC", state="failed", points=2, max=6, measured=0.71, low=0.7)],
        integrity=Integrity(flags=["AUC: the run claims 0.900, the measurement is 0.710", "graded in a weak sandbox"]),
        environment=Environment(grader="0", python="3", policy="local"),
        timing=Timing(total=1),
    )
    return Result(report, {"staff": True}, Final(lab=lab))


@pytest.fixture
def grade(ledger: Callable[..., Ledger], noon: datetime) -> Grade:
    def go(commit: str, made: Callable[[], Result] | Result, hours: float = 0, **limits: int) -> Counted:
        run = made if callable(made) else lambda: made
        return grade_counted(ledger(**limits), LAB, commit, run, lambda: noon + timedelta(hours=hours))

    return go


def not_run() -> Result:
    raise AssertionError("the submission was run")


def test_the_report_says_which_attempt_it_is_what_is_left_and_what_changed(grade: Grade) -> None:
    grade("a", result(3, commit="a"))
    report = grade("b", result(5), hours=30).outcome.report
    assert report.attempt == 2
    assert report.attempts == AttemptsLeft(left=1, total=3, left_today=1, per_day=2)
    assert report.previous is not None
    assert (report.previous.points, report.previous.commit) == (3, "a")
    assert [(one.attempt, one.points, one.metrics) for one in report.history] == [(1, 3, {"auc": 0.71})]


def test_a_commit_is_run_once_and_its_outcome_shown_again(grade: Grade) -> None:
    first = grade("a", result(3))
    again = grade("a", not_run)
    assert again.outcome == first.outcome
    assert again.evidence is None


def test_without_an_attempt_nothing_runs_and_the_error_says_when_one_is_free(grade: Grade) -> None:
    grade("a", result(3))
    grade("b", result(3), hours=1)
    with pytest.raises(NoAttempt, match="2 of 2 in 24 hours are used, and nothing was run") as caught:
        grade("c", not_run, hours=2.51)
    assert caught.value.exit_code == 4
    assert caught.value.next_step == "grade again after 2026-03-03 12:00:00 UTC, in 21 h 30 min"
    grade("c", result(3), hours=24)
    with pytest.raises(NoAttempt, match="3 of 3 in all are used") as caught:
        grade("d", not_run, hours=999)
    assert "attempts.total" in caught.value.next_step


@pytest.mark.parametrize("error", [CouldNotGrade("the disk is full"), KeyboardInterrupt(), MemoryError()])
def test_a_grading_that_breaks_off_costs_nothing(grade: Grade, error: BaseException) -> None:
    def broken() -> Result:
        raise error

    for _ in range(3):
        with pytest.raises(type(error)):
            grade("a", broken, total=1)
    assert grade("a", result(3), total=1).outcome.report.attempt == 1


def test_an_ungraded_attempt_costs_nothing_and_tells_nothing_that_is_hidden(grade: Grade) -> None:
    for _ in range(3):
        report = grade("a", result(3, status="ungraded"), total=1).outcome.report
    open_check, secret = report.tasks[0].checks
    assert (open_check.state, secret.state, secret.hint) == ("passed", "ungraded", "")
    assert report.metrics == [MetricResult(name="auc", title="AUC", state="ungraded", points=0, max=6)]
    assert report.score == Score(points=1, max=9)
    assert report.integrity.flags == ["graded in a weak sandbox"]
    assert report.attempts is None
    assert grade("b", result(3), total=1).outcome.report.attempt == 1


def test_of_two_gradings_of_one_commit_at_once_both_tell_the_first_outcome(grade: Grade) -> None:
    inner: list[Counted] = []

    def slow() -> Result:
        inner.append(grade("a", result(3)))
        return result(8)

    assert grade("a", slow).outcome == inner[0].outcome
    assert inner[0].outcome.report.score.points == 3


def fast(points: float, state: State = "passed") -> Result:
    made = result(points)
    check = CheckResult(id="open", title="", state=state, points=points, max=1)
    tasks = [TaskResult(number=1, title="One", points=points, max=1, checks=[check])]
    return replace_report(made, tier="fast", tasks=tasks, metrics=[], score=Score(points=points, max=1))


def replace_report(made: Result, **fields: Any) -> Result:
    return Result(replace(made.report, **fields), made.evidence, made.final)


@pytest.fixture
def auto(ledger: Callable[..., Ledger], noon: datetime) -> Grade:
    def go(commit: str, first: Result, made: Callable[[], Result] | Result, hours: float = 0, **limits: int) -> Counted:
        run = made if callable(made) else lambda: made
        return grade_auto(ledger(**limits), LAB, commit, lambda: first, run, lambda: noon + timedelta(hours=hours))

    return go


def test_a_fast_grading_takes_no_attempt_and_has_the_number_of_the_next(
    grade: Grade, ledger: Callable[..., Ledger], noon: datetime
) -> None:
    grade("a", result(3, commit="a"))
    report = grade_fast(ledger(), lambda: fast(1), lambda: noon).outcome.report
    assert report.attempt == 2
    assert report.attempts == AttemptsLeft(left=2, total=3, left_today=1, per_day=2)
    assert [one.number for one in ledger().attempts()] == [1]
    assert grade("b", result(5)).outcome.report.attempt == 2


def test_going_on_from_fast_to_full_takes_an_attempt_and_a_fast_failure_takes_none(
    auto: Grade, ledger: Callable[..., Ledger]
) -> None:
    assert auto("a", fast(0, "failed"), not_run).outcome.report.tier == "fast"
    assert ledger().attempts() == []
    report = auto("b", fast(1), result(5)).outcome.report
    assert (report.tier, report.attempt, report.attempts) == (
        "full",
        1,
        AttemptsLeft(left=2, total=3, left_today=1, per_day=2),
    )


def test_going_on_to_full_stays_at_fast_without_an_attempt_and_shows_a_graded_commit_again(auto: Grade) -> None:
    graded = auto("a", fast(1), result(5), total=1)
    report = auto("b", fast(1), not_run, total=1).outcome.report
    assert (report.tier, report.attempts) == ("fast", AttemptsLeft(left=0, total=1, left_today=0, per_day=2))
    assert auto("a", fast(0, "failed"), not_run, total=1).outcome == graded.outcome


def test_the_final_half_carries_the_number_of_its_attempt(grade: Grade) -> None:
    grade("a", result(3))
    found = grade("b", result(3)).outcome
    assert found.final == replace(result(3).final, attempt=2)
