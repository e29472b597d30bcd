"""What is done about a submission, from what we know and what GitHub shows."""

from datetime import UTC, datetime, timedelta

import pytest
from pushmark_bot.course.deadlines import Schedule
from pushmark_bot.github import Head
from pushmark_bot.service.plan import LAG, Plan, Seen, State, plan

DUE = datetime(2027, 1, 31, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST, SECOND = Seen(sha="a", received=DUE - HOUR), Seen(sha="b", received=DUE + HOUR)
CLOSING = Schedule(due=DUE - 2 * HOUR, cutoff=DUE)
LATER = DUE + 50 * HOUR


def head(sha: str, *, is_open: bool = True) -> Head:
    """A pull request's head."""
    return Head(sha=sha, open=is_open, draft=False)


def test_a_new_head_is_graded() -> None:
    assert plan(State(pushes=[FIRST]), head("a"), LATER) == Plan(grade=FIRST)


def test_what_is_graded_is_published_once() -> None:
    assert plan(State(pushes=[FIRST], graded_sha="a"), head("a"), LATER) == Plan(publish=True)
    assert plan(State(pushes=[FIRST], graded_sha="a", published_sha="a"), head("a"), LATER) == Plan()


def test_what_was_graded_before_is_published_too_in_case_no_attempt_is_left_for_the_new_head() -> None:
    known = State(pushes=[FIRST, Seen(sha="b", received=DUE)], graded_sha="a", published_sha="", again=7)
    assert plan(known, head("b"), LATER) == Plan(grade=Seen(sha="b", received=DUE), publish=True, again=7)


def test_an_attempt_is_graded_again_when_somebody_asked_for_it() -> None:
    asked = State(pushes=[FIRST], graded_sha="a", published_sha="a", again=7)
    assert plan(asked, head("a"), LATER) == Plan(again=7)


def test_of_a_burst_only_the_newest_head_is_graded() -> None:
    many = [Seen(sha=str(at), received=DUE + at * HOUR) for at in range(20)]
    assert plan(State(pushes=many), head("19"), LATER) == Plan(grade=many[19])


def test_the_head_counts_and_not_the_last_that_we_heard_of() -> None:
    assert plan(State(pushes=[FIRST, SECOND], graded_sha="b", published_sha="b"), head("a"), LATER).grade == FIRST


def test_a_push_after_the_cutoff_does_not_hide_the_one_before() -> None:
    state = State(pushes=[FIRST, SECOND], schedule=CLOSING)
    assert plan(state, head("b"), LATER) == Plan(grade=FIRST, why="it came after the cutoff")
    done = State(pushes=[FIRST, SECOND], schedule=CLOSING, graded_sha="a", published_sha="a")
    assert plan(done, head("b"), LATER) == Plan(why="it came after the cutoff")


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (State(pushes=[SECOND], schedule=CLOSING), "it came after the cutoff"),
        (State(pushes=[SECOND], schedule=Schedule(opens=DUE + 2 * HOUR)), "the lab is not open yet"),
        (State(pushes=[SECOND], frozen=DUE), "the submission is frozen"),
    ],
)
def test_a_push_that_cannot_count_is_not_graded_and_the_reason_is_known(state: State, why: str) -> None:
    assert plan(state, head("b"), LATER) == Plan(why=why)


def test_a_push_before_the_freeze_is_graded_after_it() -> None:
    assert plan(State(pushes=[FIRST], frozen=DUE), head("a"), LATER).grade == FIRST


def test_nothing_is_graded_on_a_closed_pull_request_but_what_is_graded_is_published() -> None:
    closed = head("b", is_open=False)
    state = State(pushes=[FIRST], graded_sha="a")
    assert plan(state, closed, LATER) == Plan(publish=True, why="the pull request is closed")


def told(sha: str, after: float, before: str = "", *, shown: bool = False) -> Seen:
    """A push of which a webhook told so many seconds after the due date."""
    return Seen(sha=sha, received=DUE + timedelta(seconds=after), before=before, told=True, shown=shown)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_an_old_head_is_not_graded_while_github_may_lag_behind_its_own_webhook() -> None:
    state = State(pushes=[told("a", 0, shown=True), told("b", 10)])
    decided = plan(state, head("a"), DUE + seconds(10))
    assert (decided.grade, decided.look) == (None, seconds(1))
    assert decided.why == "GitHub does not show the newest push yet"


def test_it_looks_again_soon_at_first_and_then_less_often_until_it_believes_what_is_shown() -> None:
    state = State(pushes=[told("a", 0, shown=True), told("b", 0)])
    now, looks = DUE, 0
    while (decided := plan(state, head("a"), now)).look is not None:
        now += decided.look
        looks += 1
    assert looks == 6
    assert now == DUE + LAG
    assert decided.grade == state.pushes[0]


def test_a_push_that_webhooks_told_of_in_the_wrong_order_is_not_waited_for() -> None:
    state = State(pushes=[told("b", 0, before="a"), told("a", 1)])
    assert plan(state, head("b"), DUE + seconds(1)) == Plan(grade=state.pushes[0])


def test_a_push_that_was_the_head_once_is_not_waited_for() -> None:
    state = State(pushes=[told("a", 0, shown=True), told("b", 1, shown=True)])
    assert plan(state, head("a"), DUE + seconds(2)).grade == state.pushes[0]


def test_of_a_burst_the_last_one_told_is_believed_at_once() -> None:
    many = [told(str(at), at / 10) for at in range(20)]
    assert plan(State(pushes=many), head("19"), DUE + seconds(2)) == Plan(grade=many[19])


def test_a_head_that_no_webhook_told_of_yet_may_be_the_newer_or_the_older_one() -> None:
    looked_up = Seen(sha="a", received=DUE + seconds(3), shown=True)
    decided = plan(State(pushes=[told("b", 2), looked_up]), head("a"), DUE + seconds(3))
    assert (decided.grade, decided.look) == (None, seconds(1))


def test_a_webhook_from_the_future_is_not_waited_for() -> None:
    state = State(pushes=[told("a", 0, shown=True), told("b", 3600)])
    assert plan(state, head("a"), DUE).grade == state.pushes[0]
