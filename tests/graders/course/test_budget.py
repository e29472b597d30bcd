"""The rules of a budget: who may ask, when, and at what cost."""

from datetime import datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pushmark_graders.course.budget import DAY, Allowed, Attempt, Refused, Settled, decide
from pushmark_graders.course.spec import AttemptsSpec
from pushmark_graders.report.model import AttemptsLeft

from tests.graders.course.conftest import NOON

HOUR = timedelta(hours=1)
LIMITS = AttemptsSpec(per_day=2, total=3)


def attempt(
    number: int, taken: datetime, state: Literal["open", "graded", "returned"] = "graded", commit: str = ""
) -> Attempt:
    return Attempt(number=number, commit=commit or f"c{number}", version="1", taken=taken, state=state)


def test_the_first_attempt_is_allowed_and_says_what_is_left() -> None:
    decision = decide(LIMITS, [], "new", "1", NOON)
    assert decision == Allowed(
        Attempt(number=1, commit="new", version="1", taken=NOON, state="open"),
        AttemptsLeft(left=2, total=3, left_today=1, per_day=2),
    )


def test_a_day_ends_24_hours_after_an_attempt_and_not_at_midnight() -> None:
    before = [attempt(1, NOON - 20 * HOUR), attempt(2, NOON - HOUR)]
    assert decide(LIMITS, before, "new", "1", NOON) == Refused(2, 2, NOON + 4 * HOUR)
    assert isinstance(decide(LIMITS, before, "new", "1", NOON + 4 * HOUR), Allowed)


def test_when_all_are_used_waiting_does_not_help() -> None:
    before = [attempt(number, NOON - number * 48 * HOUR) for number in (1, 2, 3)]
    assert decide(LIMITS, before, "new", "1", NOON) == Refused(3, 3, None)


def test_the_same_commit_costs_nothing_and_its_outcome_stands_even_when_nothing_is_left() -> None:
    before = [attempt(number, NOON - HOUR) for number in (1, 2, 3)]
    assert decide(LIMITS, before, "c2", "1", NOON) == Settled(before[1])


def test_a_mended_lab_may_be_asked_again_about_a_commit_at_no_cost() -> None:
    before = [attempt(number, NOON - HOUR) for number in (1, 2, 3)]
    decision = decide(LIMITS, before, "c2", "2", NOON)
    assert isinstance(decision, Allowed)
    assert decision.attempt == replace(before[1], version="2", state="open")


def test_an_attempt_whose_grader_was_killed_counts_and_its_commit_takes_it_up_again() -> None:
    before = [attempt(1, NOON - HOUR, "open"), attempt(2, NOON)]
    assert isinstance(decide(LIMITS, before, "new", "1", NOON), Refused)
    assert decide(LIMITS, before, "c1", "1", NOON) == Allowed(
        before[0], AttemptsLeft(left=1, total=3, left_today=0, per_day=2)
    )


def test_a_returned_attempt_costs_nothing_and_its_commit_may_be_graded() -> None:
    before = [attempt(1, NOON, "returned"), attempt(1, NOON, "returned", "other")]
    decision = decide(LIMITS, before, "c1", "1", NOON)
    assert isinstance(decision, Allowed)
    assert (decision.attempt.number, decision.left.left) == (1, 2)


def test_a_clock_that_was_set_back_gives_no_attempts_away() -> None:
    assert isinstance(decide(LIMITS, [attempt(1, NOON), attempt(2, NOON)], "c", "1", NOON - 90 * DAY), Refused)


requests = st.lists(
    st.tuples(st.integers(0, 3 * 24 * 60), st.integers(0, 9), st.sampled_from(["graded", "open", "returned"])),
    max_size=40,
)
limits = st.builds(AttemptsSpec, per_day=st.integers(1, 4), total=st.integers(1, 12))


@pytest.mark.parametrize("clock", ["steady", "jumping"])
@given(limits=limits, asked=requests)
def test_whatever_is_asked_the_budget_is_kept(
    clock: str, limits: AttemptsSpec, asked: list[tuple[int, int, Literal["graded", "open", "returned"]]]
) -> None:
    attempts: list[Attempt] = []
    for minute, commit, end in sorted(asked) if clock == "steady" else asked:
        now = NOON + timedelta(minutes=minute)
        decision = decide(limits, attempts, f"c{commit}", "1", now)
        counted = [one for one in attempts if one.state != "returned"]
        if isinstance(decision, Settled):
            assert decision.attempt in counted
            continue
        if isinstance(decision, Refused):
            assert decision.used >= decision.limit
            if decision.free is not None:
                assert decision.free > now
                assert isinstance(decide(limits, attempts, f"c{commit}", "1", decision.free), Allowed)
                just_before = decision.free - timedelta(microseconds=1)
                assert isinstance(decide(limits, attempts, f"c{commit}", "1", just_before), Refused)
            continue
        known = decision.attempt in counted
        attempts = [one for one in attempts if one != decision.attempt] + [replace(decision.attempt, state=end)]
        spent = counted if known else [*counted, decision.attempt]
        assert decision.left.left == limits.total - len(spent)
        assert 0 <= decision.left.left_today <= decision.left.left
    taken = sorted(one.taken for one in attempts if one.state != "returned")
    assert len(taken) <= limits.total
    if clock == "steady":
        for moment in taken:
            assert sum(moment <= other < moment + DAY for other in taken) <= limits.per_day
    numbers = [one.number for one in attempts if one.state != "returned"]
    assert len(set(numbers)) == len(numbers)
