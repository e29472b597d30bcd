"""What of the attempts in the database a budget counts."""

from datetime import UTC, datetime, timedelta

from pushmark_bot.db.attempts import counting
from pushmark_bot.db.tables import Attempt
from pushmark_graders.course import budget

AT = datetime(2027, 1, 31, 18, tzinfo=UTC)
SHA = "a" * 40


def row(number: int, state: str, again: int = 0, version: str = "1") -> Attempt:
    """An attempt that was taken on the day of its number; graded again a month later."""
    taken = AT + timedelta(days=number + 30 * again)
    return Attempt(number=number, again=again, sha=SHA, lab_version=version, received=AT, taken=taken, state=state)


def rule(number: int, state: str = "graded", version: str = "1") -> budget.Attempt:
    """The same as the budget sees it."""
    taken = AT + timedelta(days=number)
    return budget.Attempt(
        number=number, commit=SHA, version=version, taken=taken, state="open" if state == "open" else "graded"
    )


def test_an_attempt_counts_once_and_when_it_was_first_taken_however_often_it_was_graded() -> None:
    rows = [row(1, "graded"), row(1, "graded", again=1, version="2"), row(2, "open")]
    assert counting(rows) == [rule(1, version="2"), rule(2, "open")]


def test_a_result_that_was_set_aside_still_says_when_its_attempt_was_taken() -> None:
    assert counting([row(1, "set aside"), row(1, "graded", again=1)]) == [rule(1)]
    assert counting([row(1, "graded"), row(1, "set aside", again=1)]) == [rule(1)]


def test_what_is_only_asked_for_or_given_up_changes_nothing() -> None:
    rows = [row(1, "graded"), row(1, "given up", again=1, version="2"), row(1, "asked", again=2)]
    assert counting(rows) == [rule(1)]
