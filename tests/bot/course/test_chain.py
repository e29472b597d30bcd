"""The seal of the event log."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from msgspec.structs import replace
from pushmark_bot.course.chain import FIRST, Entry, broken, seal

AT = datetime(2027, 1, 31, 18, tzinfo=UTC)


def log() -> list[Entry]:
    """Three events, each sealed onto the one before."""
    entries: list[Entry] = []
    for number, points in enumerate((5.0, 7.5, 8.0), start=1):
        before = entries[-1].digest if entries else FIRST
        data = {"task": 2, "points": points}
        digest = seal(before, number, AT, "instructor", "score", data)
        entries.append(
            Entry(number=number, at=AT, actor="instructor", kind="score", data=data, before=before, digest=digest)
        )
    return entries


def test_a_log_as_it_was_written_is_whole() -> None:
    assert broken(log()) is None
    assert broken([]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"task": 2, "points": 10.0}},
        {"actor": "learner"},
        {"kind": "release"},
        {"at": AT + timedelta(microseconds=1)},
        {"number": 7},
    ],
)
def test_a_changed_event_is_found(change: dict[str, object]) -> None:
    entries = log()
    assert broken([entries[0], replace(entries[1], **change), entries[2]]) == 2


def test_an_event_sealed_anew_breaks_the_next_one() -> None:
    entries = log()
    data = {"task": 2, "points": 10.0}
    digest = seal(entries[0].digest, 2, AT, "instructor", "score", data)
    assert broken([entries[0], replace(entries[1], data=data, digest=digest), entries[2]]) == 3


def test_a_missing_event_is_found() -> None:
    first, _, third = log()
    assert broken([first, third]) == 2


def test_the_order_of_keys_and_the_time_zone_change_nothing() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5)))
    assert seal(FIRST, 1, AT, "a", "b", {"x": 1, "y": 2}) == seal(FIRST, 1, elsewhere, "a", "b", {"y": 2, "x": 1})
