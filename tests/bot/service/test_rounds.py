"""Chores that one of all processes does every so often."""

from datetime import UTC, datetime, timedelta

import pytest
from pushmark_bot.db.store import Database
from pushmark_bot.service.rounds import AGAIN, NEVER, Chore, Rounds
from pushmark_graders.errors import PushmarkError

AT = datetime(2027, 1, 31, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Hourly:
    """A chore that notes when it is told it was done last, and two processes that have it."""

    def __init__(self, database: Database) -> None:
        self.now = AT
        self.told: list[datetime] = []
        self.woken = 0
        self.fails = False
        self.is_all = True
        chore = Chore(name="audit", every=HOUR, do=self.do)
        self.one, self.other = (Rounds(database, [chore], self.wake, clock=lambda: self.now) for _ in range(2))

    def do(self, last: datetime) -> bool:
        self.told.append(last)
        if self.fails:
            raise PushmarkError("GitHub is away", "wait")
        return self.is_all

    def wake(self) -> None:
        self.woken += 1


@pytest.fixture
def hourly(either_database: Database) -> Hourly:
    return Hourly(either_database)


def test_it_is_done_at_once_and_then_when_it_is_time_again_by_whoever_comes_first(hourly: Hourly) -> None:
    assert (hourly.one.once(), hourly.other.once()) == (["audit"], [])
    hourly.now += HOUR - timedelta(seconds=1)
    assert (hourly.one.once(), hourly.other.once()) == ([], [])
    hourly.now += timedelta(seconds=1)
    assert (hourly.other.once(), hourly.one.once()) == (["audit"], [])
    assert hourly.told == [NEVER, AT]
    assert hourly.woken == 2


def test_one_that_failed_is_tried_again_soon_and_still_knows_when_it_was_done_last(hourly: Hourly) -> None:
    hourly.one.once()
    hourly.now += HOUR
    hourly.fails = True
    assert hourly.one.once() == []
    hourly.fails = False
    assert hourly.one.once() == []
    hourly.now += AGAIN
    assert hourly.other.once() == ["audit"]
    assert hourly.told == [NEVER, AT, AT]


def test_one_that_is_not_through_goes_on_at_the_next_look(hourly: Hourly) -> None:
    hourly.is_all = False
    hourly.one.once()
    hourly.is_all = True
    hourly.other.once()
    assert hourly.told == [NEVER, NEVER]
    assert hourly.one.once() == []


def test_a_clock_that_was_set_back_does_not_put_it_off_for_long(hourly: Hourly) -> None:
    hourly.one.once()
    hourly.now -= 24 * HOUR
    assert hourly.one.once() == ["audit"]
