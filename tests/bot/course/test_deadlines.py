"""Deadlines, late policies and extensions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_bot.course.deadlines import DAY, LatePolicy, Schedule, adjusted, extended, faults, standing

DUE = datetime(2027, 1, 31, 18, tzinfo=UTC)
WEEK = Schedule(opens=DUE - 7 * DAY, due=DUE, cutoff=DUE + 3 * DAY)
TENTH = LatePolicy(per_day=0.1, at_most=0.3, grace=timedelta(minutes=10))

parts = st.floats(min_value=0, max_value=1)
points = st.floats(min_value=0, max_value=1000)
times = st.timedeltas(min_value=timedelta(days=-20), max_value=timedelta(days=20))
policies = st.builds(
    LatePolicy,
    per_day=parts,
    at_most=parts,
    grace=st.timedeltas(min_value=timedelta(), max_value=timedelta(hours=3)),
)


@pytest.mark.parametrize(
    ("after_due", "expected"),
    [
        (timedelta(days=-8), "early"),
        (timedelta(days=-7), "on time"),
        (timedelta(), "on time"),
        (timedelta(minutes=10), "on time"),
        (timedelta(minutes=11), "late"),
        (timedelta(days=3), "late"),
        (timedelta(days=3, seconds=1), "closed"),
    ],
)
def test_a_push_stands_where_the_schedule_puts_it(after_due: timedelta, expected: str) -> None:
    assert standing(WEEK, TENTH, DUE + after_due) == expected


@pytest.mark.parametrize(
    ("late", "counts", "days"),
    [
        (timedelta(minutes=10), 80.0, 0),
        (timedelta(minutes=11), 72.0, 1),
        (timedelta(days=1), 72.0, 1),
        (timedelta(days=1, seconds=1), 64.0, 2),
        (timedelta(days=9), 56.0, 9),
    ],
)
def test_each_day_begun_costs_a_tenth_up_to_three(late: timedelta, counts: float, days: int) -> None:
    result = adjusted(WEEK, TENTH, DUE + late, 80.0)
    assert (result.points, result.days_late) == (counts, days)
    assert result.points + result.penalty == pytest.approx(80.0)


def test_without_a_deadline_nothing_is_late() -> None:
    assert standing(Schedule(), TENTH, DUE) == "on time"
    assert adjusted(Schedule(), TENTH, DUE, 80.0).points == 80.0


@given(policies, times, times, points)
def test_coming_later_never_earns_more(policy: LatePolicy, one: timedelta, other: timedelta, earned: float) -> None:
    sooner, later = sorted((DUE + one, DUE + other))
    assert adjusted(WEEK, policy, later, earned).points <= adjusted(WEEK, policy, sooner, earned).points


@given(policies, times, points)
def test_what_counts_is_never_below_nothing_nor_above_what_was_earned(
    policy: LatePolicy, after: timedelta, earned: float
) -> None:
    assert 0 <= adjusted(WEEK, policy, DUE + after, earned).points <= round(earned, 2)


@given(policies, times, st.timedeltas(min_value=timedelta(), max_value=timedelta(days=5)), points)
def test_an_extension_moves_a_push_back_in_time_by_as_much(
    policy: LatePolicy, after: timedelta, extra: timedelta, earned: float
) -> None:
    given_more = extended(Schedule(due=DUE, cutoff=WEEK.cutoff), extra)
    plain = Schedule(due=DUE, cutoff=WEEK.cutoff)
    received = DUE + after
    assert adjusted(given_more, policy, received + extra, earned) == adjusted(plain, policy, received, earned)
    assert standing(given_more, policy, received + extra) == standing(plain, policy, received)


def test_a_schedule_that_cannot_be_is_told_by_its_keys() -> None:
    wrong = Schedule(opens=DUE, due=DUE - DAY, cutoff=datetime(2027, 2, 1))
    assert faults(wrong, LatePolicy(per_day=1.5, grace=timedelta(hours=-1))) == [
        "cutoff: expected a moment with its time zone, such as 2027-01-31T18:00:00Z",
        "per_day: expected a part from 0 to 1, got 1.5",
        "grace: expected no negative time, got -1 day, 23:00:00",
    ]
    assert faults(Schedule(opens=DUE, cutoff=DUE), LatePolicy()) == [
        "cutoff: expected a moment after opens (2027-01-31 18:00 UTC)"
    ]
    assert faults(WEEK, TENTH) == []
