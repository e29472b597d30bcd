"""The pace of writes to GitHub."""

from hypothesis import given
from hypothesis import strategies as st
from pushmark_bot.service.writes import HOUR, MINUTE, Pace, Writes


class Clock:
    """A clock that goes as told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_writes_are_sent_at_once_and_then_it_waits_for_the_next() -> None:
    clock = Clock()
    writes = Writes(Pace(per_minute=3, per_hour=100), clock)
    assert [writes.take(1) for _ in range(3)] == [0, 0, 0]
    assert writes.take(1) == MINUTE
    clock.now += MINUTE
    assert writes.take(1) == 0


def test_the_hours_limit_holds_beside_the_minutes() -> None:
    clock = Clock()
    writes = Writes(Pace(per_minute=3, per_hour=4), clock)
    assert writes.take(1, 3) == 0
    clock.now += MINUTE
    assert writes.take(1) == 0
    assert writes.take(1) == HOUR - MINUTE


def test_each_installation_has_its_own() -> None:
    writes = Writes(Pace(per_minute=1), Clock())
    assert (writes.take(1), writes.take(2)) == (0, 0)


def test_a_refusal_of_githubs_is_obeyed() -> None:
    clock = Clock()
    writes = Writes(Pace(), clock)
    writes.refused(1, 90.0)
    writes.refused(1, 30.0)
    assert writes.take(1) == 90
    assert writes.take(2) == 0
    clock.now += 90
    assert writes.take(1) == 0


@given(st.lists(st.tuples(st.floats(min_value=0, max_value=200), st.integers(min_value=1, max_value=2)), max_size=60))
def test_no_span_ever_holds_more_than_allowed(steps: list[tuple[float, int]]) -> None:
    clock = Clock()
    writes = Writes(Pace(per_minute=5, per_hour=20), clock)
    sent: list[float] = []
    for pause, number in steps:
        clock.now += pause
        if writes.take(1, number) == 0:
            sent += [clock.now] * number
    for moment in sent:
        assert sum(moment - MINUTE < one <= moment for one in sent) <= 5
        assert sum(moment - HOUR < one <= moment for one in sent) <= 20


@given(st.lists(st.floats(min_value=0, max_value=30), max_size=40))
def test_after_the_wait_it_may_be_sent(pauses: list[float]) -> None:
    clock = Clock()
    writes = Writes(Pace(per_minute=4, per_hour=9), clock)
    for pause in pauses:
        clock.now += pause
        wait = writes.take(1, 2)
        if wait:
            clock.now += wait + 1e-6
            assert writes.take(1, 2) == 0
