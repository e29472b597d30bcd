"""What is done about a submission, from what we know and what GitHub shows."""

from datetime import UTC, datetime, timedelta

import pytest
from pushmark_bot.course.deadlines import Schedule
from pushmark_bot.github import Head
from pushmark_bot.service.plan import Plan, Seen, State, plan

DUE = datetime(2027, 1, 31, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST, SECOND = Seen(sha="a", received=DUE - HOUR), Seen(sha="b", received=DUE + HOUR)
CLOSING = Schedule(due=DUE - 2 * HOUR, cutoff=DUE)


def head(sha: str, *, is_open: bool = True) -> Head:
    """A pull request's head."""
    return Head(sha=sha, open=is_open, draft=False)


def test_a_new_head_is_graded() -> None:
    assert plan(State(pushes=[FIRST]), head("a")) == Plan(grade=FIRST)


def test_what_is_graded_is_published_once() -> None:
    assert plan(State(pushes=[FIRST], graded_sha="a"), head("a")) == Plan(publish=True)
    assert plan(State(pushes=[FIRST], graded_sha="a", published_sha="a"), head("a")) == Plan()


def test_what_was_graded_before_is_published_too_in_case_no_attempt_is_left_for_the_new_head() -> None:
    known = State(pushes=[FIRST, Seen(sha="b", received=DUE)], graded_sha="a", published_sha="", again=7)
    assert plan(known, head("b")) == Plan(grade=Seen(sha="b", received=DUE), publish=True, again=7)


def test_an_attempt_is_graded_again_when_somebody_asked_for_it() -> None:
    asked = State(pushes=[FIRST], graded_sha="a", published_sha="a", again=7)
    assert plan(asked, head("a")) == Plan(again=7)


def test_of_a_burst_only_the_newest_head_is_graded() -> None:
    many = [Seen(sha=str(at), received=DUE + at * HOUR) for at in range(20)]
    assert plan(State(pushes=many), head("19")) == Plan(grade=many[19])


def test_the_head_counts_and_not_the_last_that_we_heard_of() -> None:
    assert plan(State(pushes=[FIRST, SECOND], graded_sha="b", published_sha="b"), head("a")).grade == FIRST


def test_a_push_after_the_cutoff_does_not_hide_the_one_before() -> None:
    state = State(pushes=[FIRST, SECOND], schedule=CLOSING)
    assert plan(state, head("b")) == Plan(grade=FIRST, why="it came after the cutoff")
    done = State(pushes=[FIRST, SECOND], schedule=CLOSING, graded_sha="a", published_sha="a")
    assert plan(done, head("b")) == Plan(why="it came after the cutoff")


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (State(pushes=[SECOND], schedule=CLOSING), "it came after the cutoff"),
        (State(pushes=[SECOND], schedule=Schedule(opens=DUE + 2 * HOUR)), "the lab is not open yet"),
        (State(pushes=[SECOND], frozen=DUE), "the submission is frozen"),
    ],
)
def test_a_push_that_cannot_count_is_not_graded_and_the_reason_is_known(state: State, why: str) -> None:
    assert plan(state, head("b")) == Plan(why=why)


def test_a_push_before_the_freeze_is_graded_after_it() -> None:
    assert plan(State(pushes=[FIRST], frozen=DUE), head("a")).grade == FIRST


def test_nothing_is_graded_on_a_closed_pull_request_but_what_is_graded_is_published() -> None:
    closed = head("b", is_open=False)
    state = State(pushes=[FIRST], graded_sha="a")
    assert plan(state, closed) == Plan(publish=True, why="the pull request is closed")
