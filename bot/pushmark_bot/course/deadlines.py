"""What a deadline makes of a score: pure rules over moments, without clock, files or database.

A push counts from the moment in which our server received word of it. What git says of a commit's time is the
learner's own word, so it is not asked.
"""

import itertools
from datetime import datetime, timedelta
from typing import Literal

import msgspec

DAY = timedelta(days=1)

Standing = Literal["early", "on time", "late", "closed"]
"""`early`: the lab is not open yet. `closed`: after the cutoff, when nothing is graded any more."""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """When a lab opens, is due, and is closed. Moments carry their time zone; None is never."""

    opens: datetime | None = None
    due: datetime | None = None
    cutoff: datetime | None = None


class LatePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What lateness costs: `per_day` of the points earned for each day begun, `at_most` in all (parts of 1).

    The first `grace` after the deadline costs nothing, and does not count as lateness.
    """

    per_day: float = 0.0
    at_most: float = 1.0
    grace: timedelta = timedelta()


class Adjusted(msgspec.Struct, frozen=True, kw_only=True):
    """A score after the deadline had its say: `points` are what counts, `penalty` what it took off."""

    points: float
    penalty: float = 0.0
    days_late: int = 0


def faults(schedule: Schedule, policy: LatePolicy) -> list[str]:
    """What is wrong with them, each as `key: what was expected, and what is there`."""
    problems = []
    moments = {"opens": schedule.opens, "due": schedule.due, "cutoff": schedule.cutoff}
    naive = [key for key, moment in moments.items() if moment is not None and moment.tzinfo is None]
    problems += [f"{key}: expected a moment with its time zone, such as 2027-01-31T18:00:00Z" for key in naive]
    if not naive:
        there = [(key, moment) for key, moment in moments.items() if moment is not None]
        problems += [
            f"{later}: expected a moment after {key} ({first:%Y-%m-%d %H:%M} {first.tzname()})"
            for (key, first), (later, second) in itertools.pairwise(there)
            if second <= first
        ]
    problems += [
        f"{key}: expected a part from 0 to 1, got {value:g}"
        for key, value in (("per_day", policy.per_day), ("at_most", policy.at_most))
        if not 0 <= value <= 1
    ]
    if policy.grace < timedelta():
        problems.append(f"grace: expected no negative time, got {policy.grace}")
    return problems


def extended(schedule: Schedule, extra: timedelta) -> Schedule:
    """The schedule of a learner who was given `extra` time. The cutoff moves along; the opening does not."""
    return msgspec.structs.replace(
        schedule,
        due=schedule.due and schedule.due + extra,
        cutoff=schedule.cutoff and schedule.cutoff + extra,
    )


def standing(schedule: Schedule, policy: LatePolicy, received: datetime) -> Standing:
    """Where a push stands that our server received at this moment. A push at the very deadline is on time."""
    if schedule.opens is not None and received < schedule.opens:
        return "early"
    if schedule.cutoff is not None and received > schedule.cutoff:
        return "closed"
    return "late" if _lateness(schedule, policy, received) > timedelta() else "on time"


def adjusted(schedule: Schedule, policy: LatePolicy, received: datetime, points: float) -> Adjusted:
    """What counts of the `points` of a push that was received at this moment: 0 or more."""
    days = -(-_lateness(schedule, policy, received) // DAY)
    share = min(policy.per_day * days, policy.at_most)
    penalty = round(points * share, 2)
    return Adjusted(points=round(points - penalty, 2), penalty=penalty, days_late=days)


def _lateness(schedule: Schedule, policy: LatePolicy, received: datetime) -> timedelta:
    if schedule.due is None or received <= schedule.due + policy.grace:
        return timedelta()
    return received - schedule.due
