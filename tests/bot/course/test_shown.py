"""What counts, in words."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from pushmark_bot.course.deadlines import DAY, LatePolicy, Schedule
from pushmark_bot.course.score import Graded, Rules, Setting, Task, best, counted
from pushmark_bot.course.shown import NO_REMARKS, days, remarks

DUE = datetime(2027, 1, 31, 18, tzinfo=UTC)
RULES = Rules(schedule=Schedule(due=DUE, cutoff=DUE + 5 * DAY), policy=LatePolicy(per_day=0.25))
IN_TIME = Graded(number=1, sha="a" * 40, received=DUE, tasks=[Task(number=1, title="Count", points=8.0, max=10.0)])
LATE = replace(IN_TIME, number=2, received=DUE + DAY)
SET = Setting(task=1, points=9.0, reason="`It` *works*.", by="@tutor", at=DUE)


def test_where_everything_is_as_the_report_says_nothing_is_added() -> None:
    one = counted(IN_TIME, [], RULES)
    assert remarks(one, best([IN_TIME], [], RULES)) == NO_REMARKS


def test_lateness_is_told_with_what_it_costs() -> None:
    told = remarks(counted(LATE, [], RULES), best([LATE], [], RULES))
    assert told.lines == ("**6 of 10 points count.**", "Late: 1 day, \N{MINUS SIGN}2")
    assert told.brief == "6 of 10 points count"


def test_lateness_that_costs_nothing_is_told_too() -> None:
    free = replace(RULES, policy=LatePolicy())
    assert remarks(counted(LATE, [], free), best([LATE], [], free)).lines[1] == "Late: 1 day, at no cost"


def test_what_staff_set_is_told_with_the_reason_as_plain_text() -> None:
    told = remarks(counted(IN_TIME, [SET], RULES), best([IN_TIME], [SET], RULES))
    assert told.lines[1] == "Task 1: set by staff to 9 of 10, the grader gave 8: `It` \\*works\\*."


def test_another_attempt_that_counts_is_named() -> None:
    told = remarks(counted(LATE, [], RULES), best([IN_TIME, LATE], [], RULES))
    assert told.lines == (
        "**It would count 6 of 10 points.**",
        "Late: 1 day, \N{MINUS SIGN}2",
        "**Attempt 1 counts, with 8 of 10 points.**",
    )
    assert told.brief == "8 of 10 points count"


def test_an_attempt_that_is_out_of_time_says_that_it_does_not_count() -> None:
    never = replace(IN_TIME, received=DUE + 9 * DAY)
    told = remarks(counted(never, [], RULES), best([never], [], RULES))
    assert told.lines[-1] == "**It does not count: it came too late or too early.** 0 of 10 points count."


def test_many_settings_are_not_all_told() -> None:
    tasks = [Task(number=at, title="T", points=0.0, max=1.0) for at in range(1, 31)]
    many = replace(IN_TIME, tasks=tasks)
    settings = [replace(SET, task=at, points=1.0) for at in range(1, 31)]
    told = remarks(counted(many, settings, RULES), best([many], settings, RULES))
    assert len(told.lines) == 22
    assert told.lines[-1] == "10 more tasks: set by staff"


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(), "0 h"),
        (timedelta(minutes=1), "1 h"),
        (timedelta(days=2), "2 days"),
        (timedelta(hours=36), "1 day 12 h"),
        (timedelta(hours=23, minutes=30), "1 day"),
    ],
)
def test_a_time_is_told_in_days_and_hours(time: timedelta, words: str) -> None:
    assert days(time) == words
