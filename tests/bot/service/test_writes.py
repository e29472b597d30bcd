"""The pace of writes to GitHub: rules, and the database that all workers share."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_bot.db.store import Database
from pushmark_bot.service.writes import HOUR, MINUTE, NOTHING, Pace, Writes, room

AT = datetime(2027, 1, 31, 18, tzinfo=UTC)


class Clock:
    """A clock that goes as told."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


Worker = Callable[..., Writes]


@pytest.fixture
def worker(database: Database, clock: Clock) -> Worker:
    """One more process that writes, with the same database."""
    return lambda **pace: Writes(database, Pace(**pace), clock)


def test_a_minutes_writes_are_sent_at_once_and_then_it_waits_for_the_next(worker: Worker, clock: Clock) -> None:
    writes = worker(per_minute=3, per_hour=100)
    assert [writes.take(1) for _ in range(3)] == [0] * 3
    assert writes.take(1) == 60
    clock.now += MINUTE
    assert writes.take(1) == 0


def test_the_hours_limit_holds_beside_the_minutes(worker: Worker, clock: Clock) -> None:
    writes = worker(per_minute=3, per_hour=4)
    assert writes.take(1, 3) == 0
    clock.now += MINUTE
    assert writes.take(1) == 0
    assert writes.take(1) == 3540


def test_all_workers_share_it_and_one_that_is_started_anew_does_not_forget(worker: Worker) -> None:
    assert worker(per_minute=3).take(1, 2) == 0
    assert worker(per_minute=3).take(1, 2) == 60
    assert worker(per_minute=3).take(1, 1) == 0


def test_each_installation_has_its_own(worker: Worker) -> None:
    writes = worker(per_minute=1)
    assert (writes.take(1), writes.take(2)) == (0, 0)


def test_a_refusal_of_githubs_is_obeyed_by_everybody(worker: Worker, clock: Clock) -> None:
    worker().refused(1, 90.0)
    worker().refused(1, 30.0)
    another = worker()
    assert another.closed(1) == another.take(1) == 90
    assert another.closed(2) == another.take(2) == 0
    clock.now += timedelta(seconds=90)
    assert another.closed(1) == another.take(1) == 0


@given(st.lists(st.tuples(st.floats(min_value=0, max_value=200), st.integers(min_value=1, max_value=2)), max_size=60))
def test_no_span_ever_holds_more_than_allowed(steps: list[tuple[float, int]]) -> None:
    now, pace = AT, Pace(per_minute=5, per_hour=20)
    sent: list[datetime] = []
    for pause, number in steps:
        now += timedelta(seconds=pause)
        if room(sent, pace, number, now) == NOTHING:
            sent += [now] * number
    for moment in sent:
        assert sum(moment - MINUTE < one <= moment for one in sent) <= 5
        assert sum(moment - HOUR < one <= moment for one in sent) <= 20


@given(st.lists(st.floats(min_value=0, max_value=30), max_size=40))
def test_after_the_wait_it_may_be_sent(pauses: list[float]) -> None:
    now, pace = AT, Pace(per_minute=4, per_hour=9)
    sent: list[datetime] = []
    for pause in pauses:
        now += timedelta(seconds=pause)
        now += room(sent, pace, 2, now)
        assert room(sent, pace, 2, now) == NOTHING
        sent += [now] * 2
