"""The event log's seal: each event carries the digest of the one before it, so none can be changed unnoticed.

The digest covers what the event says and the digest before it (a hash chain; Haber and Stornetta 1991, How to
time-stamp a digital document). Whoever can write the database can also write a whole new chain: keep its last digest
elsewhere to be able to tell, as `pushmark-bot export` does.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

FIRST = "0" * 64
"""What stands before the first event."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it was written. `data` is plain JSON; `digest` seals it and all before it."""

    number: int
    at: datetime
    actor: str
    kind: str
    data: dict[str, Any]
    before: str
    digest: str


def seal(before: str, number: int, at: datetime, actor: str, kind: str, data: dict[str, Any]) -> str:
    """The digest of an event, 64 hexadecimal digits. `at` must carry its time zone."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    said = msgspec.json.encode([before, number, moment, actor, kind, data], order="deterministic")
    return hashlib.sha256(said).hexdigest()


def broken(entries: Iterable[Entry]) -> int | None:
    """The number of the first event that is not as it was written, or not in its place; None when all are."""
    before = FIRST
    for number, entry in enumerate(entries, start=1):
        sealed = seal(before, number, entry.at, entry.actor, entry.kind, entry.data)
        if entry.number != number or entry.before != before or entry.digest != sealed:
            return number
        before = entry.digest
    return None
