"""What counts of a learner's attempts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pushmark_bot.course.deadlines import DAY, LatePolicy, Schedule, extended
from pushmark_bot.course.score import Graded, Rules, Setting, Task, best, counted, graded, in_time

from tests.bot.conftest import MakeReport

DUE = datetime(2027, 1, 31, 18, tzinfo=UTC)
TENTH = LatePolicy(per_day=0.1, at_most=0.5)
RULES = Rules(schedule=Schedule(opens=DUE - 30 * DAY, due=DUE, cutoff=DUE + 10 * DAY), policy=TENTH)


def attempt(
    number: int = 1, *points: float, late: timedelta = timedelta(), metrics: float = 0.0, again: int = 0
) -> Graded:
    """An attempt with two tasks of 5 points each and a metric of 10."""
    first, second = points or (3.0, 4.0)
    tasks = [
        Task(number=1, title="Count", points=first, max=5.0),
        Task(number=2, title="Rank", points=second, max=5.0),
    ]
    received = DUE + late
    return Graded(
        number=number,
        again=again,
        sha=f"{number:040}",
        received=received,
        tasks=tasks,
        metrics=metrics,
        metrics_max=10.0,
    )


def setting(task: int, points: float, minutes: int = 0) -> Setting:
    """Points that staff set."""
    return Setting(task=task, points=points, reason="saw it run", by="staff", at=DUE + timedelta(minutes=minutes))


def test_in_time_and_left_alone_what_was_earned_counts(make_report: MakeReport) -> None:
    report = make_report()
    one = counted(graded(report, number=1, sha="a" * 40, received=DUE), [], RULES)
    assert (one.points, one.max, one.earned) == (report.score.points, report.score.max, report.score.points)
    assert (one.penalty, one.days_late, one.standing) == (0.0, 0, "on time")


def test_lateness_takes_its_part_of_all_that_was_earned() -> None:
    one = counted(attempt(1, 3.0, 4.0, late=1.5 * DAY, metrics=3.0), [], RULES)
    assert (one.penalty, one.days_late, one.points) == (2.0, 2, 8.0)


def test_what_staff_set_counts_as_it_is_and_lateness_takes_nothing_of_it() -> None:
    one = counted(attempt(1, 3.0, 4.0, late=DAY, metrics=6.0), [setting(2, 5.0)], RULES)
    assert (one.penalty, one.points) == (0.9, 13.1)
    assert one.tasks[1].earned == 4.0
    assert one.tasks[1].setting is not None
    assert one.earned == 13.0


def test_the_newest_setting_of_a_task_counts_in_whatever_order_they_are_read() -> None:
    settings = [setting(1, 5.0, minutes=2), setting(1, 1.0, minutes=1)]
    assert counted(attempt(), settings, RULES).points == counted(attempt(), settings[::-1], RULES).points == 9.0


def test_what_staff_set_is_no_more_than_the_task_is_worth_now() -> None:
    assert counted(attempt(), [setting(1, 50.0), setting(9, 3.0)], RULES).points == 9.0


def test_the_better_attempt_counts_and_the_newest_of_equals() -> None:
    tries = [attempt(1, 5.0, 5.0), attempt(2, 1.0, 1.0), attempt(3, 5.0, 5.0)]
    grade = best(tries, [], RULES)
    assert grade is not None and (grade.number, grade.points) == (3, 10.0)


def test_a_better_attempt_that_came_too_late_for_it_does_not_count() -> None:
    grade = best([attempt(1, 4.0, 4.0), attempt(2, 5.0, 5.0, late=2.5 * DAY)], [], RULES)
    assert grade is not None and (grade.number, grade.points) == (1, 8.0)


def test_where_the_newest_counts_an_attempt_that_was_graded_again_keeps_its_better_score() -> None:
    rules = replace(RULES, counts="newest")
    tries = [attempt(1, 5.0, 5.0), attempt(2, 3.0, 3.0), attempt(2, 2.0, 2.0, again=1)]
    grade = best(tries, [], rules)
    assert grade is not None and (grade.number, grade.again, grade.points) == (2, 0, 6.0)


@pytest.mark.parametrize("late", [11 * DAY, -31 * DAY])
def test_when_no_attempt_is_in_time_only_what_staff_set_counts(late: timedelta) -> None:
    grade = best([attempt(late=late, metrics=9.0)], [setting(2, 4.5)], RULES)
    assert grade is not None
    assert (grade.number, grade.points, grade.max, grade.standing) == (0, 4.5, 20.0, "closed")


def test_after_a_freeze_nothing_more_counts() -> None:
    rules = replace(RULES, frozen=DUE - DAY)
    grade = best([attempt(1, 1.0, 1.0, late=-2 * DAY), attempt(2, 5.0, 5.0)], [], rules)
    assert grade is not None and grade.number == 1


def test_without_attempts_there_is_nothing_unless_staff_set_points() -> None:
    outline = [Task(number=1, title="Count", points=0.0, max=5.0)]
    assert best([], [], RULES, outline) is None
    assert best([], [setting(1, 2.0)], RULES) is None
    grade = best([], [setting(1, 2.0)], RULES, outline)
    assert grade is not None and (grade.points, grade.max) == (2.0, 5.0)


cents = st.integers(min_value=0, max_value=500).map(lambda one: one / 100)
moments = st.timedeltas(min_value=timedelta(days=-40), max_value=timedelta(days=20))
attempts = st.builds(
    lambda first, second, late, metrics: attempt(1, first, second, late=late, metrics=metrics),
    cents,
    cents,
    moments,
    st.integers(min_value=0, max_value=1000).map(lambda one: one / 100),
)
many = st.lists(attempts, max_size=6).map(lambda tries: [replace(one, number=at + 1) for at, one in enumerate(tries)])
settings = st.lists(
    st.builds(setting, st.integers(min_value=1, max_value=3), cents, st.integers(min_value=0, max_value=99)), max_size=4
)
parts = st.floats(min_value=0, max_value=1)
policies = st.builds(LatePolicy, per_day=parts, at_most=parts)
rules = st.builds(
    lambda policy, frozen, counts: replace(
        RULES, policy=policy, frozen=None if frozen is None else DUE + frozen, counts=counts
    ),
    policies,
    st.none() | moments,
    st.sampled_from(["best", "newest"]),
)


@given(attempts, settings, rules)
def test_the_total_is_the_sum_of_its_parts_and_never_less_than_nothing(
    one: Graded, given: list[Setting], rules: Rules
) -> None:
    result = counted(one, given, rules)
    assert result.points == pytest.approx(sum(task.points for task in result.tasks) + result.metrics - result.penalty)
    assert 0 <= result.points <= result.max
    assert result.penalty >= 0
    assert all(0 <= task.points <= task.max for task in result.tasks)


@given(attempts, settings, rules)
def test_a_setting_survives_whatever_is_graded(one: Graded, given: list[Setting], rules: Rules) -> None:
    newest = {setting.task: setting.points for setting in sorted(given, key=lambda one: one.at)}
    result = counted(one, given, rules)
    assert {task.number: task.points for task in result.tasks if task.setting} == {
        number: points for number, points in newest.items() if number < 3
    }


@given(many, settings, rules, st.timedeltas(min_value=timedelta(), max_value=timedelta(days=30)))
def test_more_time_never_costs_points(
    tries: list[Graded], given: list[Setting], rules: Rules, extra: timedelta
) -> None:
    rules = replace(rules, counts="best", schedule=replace(rules.schedule, opens=None))
    before = best(tries, given, rules)
    after = best(tries, given, replace(rules, schedule=extended(rules.schedule, extra)))
    assert (before is None) == (after is None)
    assert before is None or after is None or after.points >= before.points


@given(many, attempts, settings, rules)
def test_another_attempt_never_costs_points(
    tries: list[Graded], one: Graded, given: list[Setting], rules: Rules
) -> None:
    rules = replace(rules, counts="best")
    before = best(tries, given, rules)
    after = best([*tries, replace(one, number=len(tries) + 1)], given, rules)
    assert after is not None
    assert before is None or after.points >= before.points


@given(many, settings, rules)
def test_what_counts_is_what_one_of_the_attempts_in_time_counts(
    tries: list[Graded], given: list[Setting], rules: Rules
) -> None:
    grade = best(tries, given, rules)
    possible = [counted(one, given, rules) for one in tries if in_time(one, rules)]
    if possible:
        assert grade in possible
    elif grade is not None:
        assert (grade.number, grade.metrics, grade.penalty) == (0, 0.0, 0.0)
