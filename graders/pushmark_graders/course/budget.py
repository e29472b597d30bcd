"""Whether a learner has an attempt left: pure rules over the attempts so far, without clock or files.

An attempt counts from the moment in which it is taken. One whose grader was killed keeps its place, and
the same commit takes it up again at no cost; one that our side could not grade is returned and counts
nothing. The same commit of the same lab is never asked twice: its first outcome stands, so that chance
in a submission's answers buys no second look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from pushmark_graders.course.spec import AttemptsSpec
from pushmark_graders.report.model import AttemptsLeft

DAY = timedelta(hours=24)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the ledger. `version` is the lab's: a mended lab may be asked again about an old commit."""

    number: int
    commit: str
    version: str
    taken: datetime
    state: Literal["open", "graded", "returned"]


@dataclass(frozen=True)
class Allowed:
    """Grade: `attempt` is new, or was opened before and never settled."""

    attempt: Attempt
    left: AttemptsLeft


@dataclass(frozen=True)
class Settled:
    """Do not grade: `attempt` has an outcome, which counts."""

    attempt: Attempt


@dataclass(frozen=True)
class Refused:
    """Do not grade: `used` of `limit` are gone. `free` is when the next attempt is there; None is never."""

    used: int
    limit: int
    free: datetime | None


Decision = Allowed | Settled | Refused


def decide(limits: AttemptsSpec, attempts: Sequence[Attempt], commit: str, version: str, now: datetime) -> Decision:
    """What becomes of a request to grade `commit` at `now`."""
    counted = counting(attempts)
    for before in counted:
        if before.commit == commit:
            if before.state == "graded" and before.version == version:
                return Settled(before)
            again = msgspec.structs.replace(before, version=version, state="open")
            return Allowed(again, left(limits, counted, now))
    if len(counted) >= limits.total:
        return Refused(len(counted), limits.total, None)
    recent = sorted(_recent(counted, now))
    if len(recent) >= limits.per_day:
        return Refused(len(recent), limits.per_day, recent[-limits.per_day] + DAY)
    taken = Attempt(number=next_number(counted), commit=commit, version=version, taken=now, state="open")
    return Allowed(taken, left(limits, [*counted, taken], now))


def counting(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The attempts that count."""
    return [attempt for attempt in attempts if attempt.state != "returned"]


def next_number(counted: Sequence[Attempt]) -> int:
    """The number of the attempt after the counted ones."""
    return 1 + max((attempt.number for attempt in counted), default=0)


def left(limits: AttemptsSpec, counted: Sequence[Attempt], now: datetime) -> AttemptsLeft:
    """What the budget holds beside the counted attempts."""
    ever = max(limits.total - len(counted), 0)
    today = max(limits.per_day - len(_recent(counted, now)), 0)
    return AttemptsLeft(left=ever, total=limits.total, left_today=min(ever, today), per_day=limits.per_day)


def _recent(counted: Sequence[Attempt], now: datetime) -> list[datetime]:
    """When the attempts of the last 24 hours were taken. One from the future counts: a clock was set back."""
    return [attempt.taken for attempt in counted if attempt.taken > now - DAY]
