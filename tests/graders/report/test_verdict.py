"""What a report says in words."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pushmark_graders.report.model import AttemptsLeft, MetricResult, Report, Score, TrainingResult
from pushmark_graders.report.verdict import (
    attempt,
    findings,
    headline,
    honesty,
    icon,
    interval_reaches_target,
    metric_state,
    next_step,
    redact,
)
from pushmark_graders.report.words import amount, change, duration, number

Sample = Callable[[str], Report]
METRIC = MetricResult(name="auc", title="AUC", state="passed", points=5, max=8, measured=0.7, tolerance=0.02)


@pytest.mark.parametrize(
    ("points", "written"),
    [(3, "3"), (11.5, "11.5"), (1 / 3, "0.33"), (0, "0"), (-0.001, "0"), (1200, "1,200"), (math.nan, "not a number")],
)
def test_points_are_written_as_a_person_would(points: float, written: str) -> None:
    assert amount(points) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.5, "0.500"), (0, "0"), (12.3456, "12.346"), (1e-5, "1e-05"), (12345.6, "1.23e+04"), (None, "none")],
)
def test_values_are_written_with_three_digits(value: float | None, written: str) -> None:
    assert number(value) == written


@pytest.mark.parametrize(
    ("seconds", "written"), [(0.42, "0.4 s"), (38.42, "38 s"), (192, "3 min 12 s"), (3600, "60 min 0 s")]
)
def test_durations_are_written_as_a_person_would(seconds: float, written: str) -> None:
    assert duration(seconds) == written


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (None, "attempt 1"),
        (AttemptsLeft(left=37, total=40, left_today=2, per_day=5), "attempt 1, 37 of 40 left, 2 of them now"),
        (AttemptsLeft(left=2, total=40, left_today=2, per_day=5), "attempt 1, 2 of 40 left"),
        (AttemptsLeft(left=0, total=40, left_today=0, per_day=5), "attempt 1, 0 of 40 left"),
    ],
)
def test_an_attempt_says_what_the_budget_still_holds(sample: Sample, left: AttemptsLeft | None, said: str) -> None:
    assert attempt(replace(sample("failing_first_attempt"), attempts=left)) == said


@given(st.floats() | st.integers(-(2**70), 2**70))
def test_any_number_is_written_short(value: float) -> None:
    assert all(len(written) < 25 for written in (amount(value), number(value), duration(value), change(value, 0.5)))


def test_a_change_has_a_sign_or_says_that_nothing_changed() -> None:
    assert [change(5, 3), change(3, 4.5), change(3, 3), change(3, None)] == ["+2", "-1.5", "same", ""]


def test_a_changed_maximum_is_shown_instead_of_a_difference(sample: Sample) -> None:
    report = sample("with_previous")
    assert headline(replace(report, score=Score(points=17, max=24))).endswith(": 17 of 24 points, last time 9.5 of 20")


def test_public_failures_come_before_hidden_ones_and_blocked_ones_last(sample: Sample) -> None:
    report = sample("failing_first_attempt")
    hidden = [
        replace(task, checks=[replace(check, state="failed") if check.hidden else check for check in task.checks][::-1])
        for task in report.tasks
    ]
    order = [finding.check.id for finding in findings(replace(report, tasks=hidden))]
    assert order == ["keeps-rows", "weather-as-of", "unseen-airport", "no-look-ahead"]


def test_a_hidden_check_keeps_title_state_and_hint_alone(sample: Sample) -> None:
    check = redact(sample("hidden_failure")).tasks[1].checks[2]
    assert (check.title[:10], check.state, check.hint[:4]) == ("An airport", "failed", "What")
    assert (check.message, check.output, check.location, check.leaks) == ("", "", None, [])


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("passing", "nothing is left to mend. Well done; go on to the next lab when you like."),
        ("training_failed", "mend the training first; the report shows what it said last. Then push again."),
        (
            "hidden_failure",
            'in task 2, mend "An airport that was never seen in training still gets a score", then push',
        ),
        ("overclaim", "find out why AUC on next month's flights is claimed higher than it measures, then push again."),
    ],
)
def test_the_next_step_is_one_thing(name: str, step: str, sample: Sample) -> None:
    assert next_step(sample(name)).startswith(step)


def test_a_practice_run_that_passes_points_to_the_course_s_own_run(sample: Sample) -> None:
    report = replace(sample("passing"), tier="practice", metrics=[], score=Score(points=12, max=12))
    assert headline(report) == "All public checks passed: 12 of 12 practice points"
    assert next_step(report).endswith("your course's own run has the hidden ones and decides the grade.")


def test_a_fast_report_claims_no_grade_no_attempt_and_no_change(sample: Sample) -> None:
    before = sample("with_previous").previous
    report = replace(sample("passing"), tier="fast", metrics=[], score=Score(points=12, max=12), previous=before)
    report = redact(report)
    assert headline(report) == "All checks of the fast tier passed: 12 of 12 points so far"
    assert next_step(report) == "nothing is left to mend here; the full tier does the rest."
    assert attempt(report) == f"before attempt {report.attempt}"
    assert report.previous is None


def test_a_public_failure_is_mended_before_a_broken_training(sample: Sample) -> None:
    report = replace(sample("failing_first_attempt"), training=TrainingResult(state="timeout", seconds=120))
    assert headline(report).startswith("Training ran out of time: ")
    assert next_step(report).startswith("in task 1, mend")


def test_checks_that_our_side_failed_are_never_the_learner_s_to_mend(sample: Sample) -> None:
    report = sample("passing")
    tasks = [
        replace(task, checks=[replace(check, state="ungraded") if check.hidden else check for check in task.checks])
        for task in report.tasks
    ]
    report = replace(report, tasks=tasks)
    assert headline(report).startswith("Partly graded: ")
    assert next_step(report).startswith("nothing is yours to mend here")


def test_points_still_to_earn_are_not_called_a_failure(sample: Sample) -> None:
    report = replace(sample("passing"), metrics=[METRIC], score=Score(points=17, max=20))
    assert headline(report) == "All checks passed: 17 of 20 points"
    assert next_step(report) == "every check passes; raise AUC for the remaining points, if you like."
    assert icon(report) == "🔧"


def test_of_an_error_less_is_to_be_reached(sample: Sample) -> None:
    error = replace(METRIC, title="the cost", baseline=0.7, target=0.3)
    report = replace(sample("passing"), metrics=[error], score=Score(points=17, max=20))
    assert next_step(report) == "every check passes; lower the cost for the remaining points, if you like."


@given(
    measured=st.floats(-1, 1), wide=st.floats(0, 1), target=st.floats(-1, 1), baseline=st.floats(-1, 1),
    reference=st.none() | st.floats(-1, 1),
)  # fmt: skip
def test_an_interval_reaches_the_target_when_only_its_better_end_is_beyond_it(
    measured: float, wide: float, target: float, baseline: float, reference: float | None
) -> None:
    one = replace(
        METRIC, measured=measured, low=measured - wide, high=measured + wide,
        target=target, baseline=baseline, reference=reference,
    )  # fmt: skip
    sign = -1 if target < baseline else 1
    beyond = [sign * (value - target - (reference or 0.0)) for value in (measured, measured + sign * wide)]
    if min(abs(value) for value in beyond) > 1e-9:
        assert interval_reaches_target(one) == (beyond[0] < 0 < beyond[1])
    assert not interval_reaches_target(replace(one, low=None))


@pytest.mark.parametrize(
    ("metric", "state"),
    [
        (METRIC, ("partial", "part of the points")),
        (replace(METRIC, points=0, state="failed"), ("failed", "no points yet")),
        (replace(METRIC, points=8), ("passed", "passed")),
        (replace(METRIC, points=8, honest=False), ("failed", "over-claimed")),
        (replace(METRIC, state="blocked"), ("blocked", "blocked")),
    ],
)
def test_a_measurement_s_state_tells_part_of_the_points_from_none(metric: MetricResult, state: tuple[str, str]) -> None:
    assert metric_state(metric) == state


@pytest.mark.parametrize(
    ("metric", "word", "sentence"),
    [
        (replace(METRIC, claimed=0.71, honest=True), "Honest", "The gap of 0.010 is within the allowed 0.020."),
        (replace(METRIC, claimed=0.65, honest=True), "Honest", "which is better than the claim."),
        (
            replace(METRIC, claimed=0.9, honest=False),
            "Over-claimed",
            "The gap of 0.200 is more than the allowed 0.020.",
        ),
        (METRIC, "No claim", "your run logged no value for it"),
        (replace(METRIC, claimed=math.nan, honest=False), "No usable claim", "a value that is not a number"),
        (replace(METRIC, measured=None, state="blocked"), "Not measured", "once the training and the checks before it"),
        (replace(METRIC, measured=None, state="error"), "Not measured", "no usable predictions"),
        (replace(METRIC, measured=None, state="ungraded"), "Not measured", "not held against you"),
    ],
)
def test_a_claim_is_called_what_it_is(metric: MetricResult, word: str, sentence: str) -> None:
    said, why = honesty(metric)
    assert said == word
    assert sentence in why
