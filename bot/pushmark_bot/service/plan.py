"""Decides what to do about a submission: a pure function of what we know and what GitHub shows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from pushmark_bot.course.deadlines import LatePolicy, Schedule, standing
from pushmark_bot.github import Head

LAG = timedelta(seconds=30)
"""GitHub's API may show an old head for a while after its webhook told of a new one: seconds, as a rule."""
FIRST_LOOK = timedelta(seconds=1)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A commit that was the head, when our server heard of it, and which one it took the place of, if that is known.

    `told`: a webhook told of it. `shown`: GitHub's API has shown it as the head.
    """

    sha: str
    received: datetime
    before: str = ""
    told: bool = False
    shown: bool = False


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What the database says of a submission. `pushes` are in the order in which we heard of them. `again` is the id of
    an attempt that somebody asked to have graded again."""

    graded_sha: str = ""
    published_sha: str = ""
    pushes: Sequence[Seen] = ()
    again: int | None = None
    frozen: datetime | None = None
    schedule: Schedule = Schedule()
    policy: LatePolicy = LatePolicy()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do: grade `grade`, and decide anew. Where there is nothing to grade, or no attempt for it, publish what
    is graded, and grade `again`. `why` says why a head is not graded.

    `look`: what GitHub shows may be old, so look again after so long.
    """

    grade: Seen | None = None
    publish: bool = False
    again: int | None = None
    why: str = ""
    look: timedelta | None = None


def plan(state: State, head: Head, now: datetime) -> Plan:
    """Decide. The newest push that may count is graded; one that came too late does not hide one that did not."""
    publish = state.graded_sha != state.published_sha
    wanted, why = _wanted(state, head)
    look = _look_again(state, head, now)
    if look is not None:
        wanted, why = None, "GitHub does not show the newest push yet"
    is_new = wanted is not None and wanted.sha != state.graded_sha
    return Plan(grade=wanted if is_new else None, publish=publish, again=state.again, why=why, look=look)


def _wanted(state: State, head: Head) -> tuple[Seen | None, str]:
    if not head.open:
        return None, "the pull request is closed"
    newest = next((one for one in reversed(state.pushes) if one.sha == head.sha), None)
    if newest is None:
        raise ValueError(f"the head {head.sha} is not among the pushes")
    if _counts(state, newest):
        return newest, ""
    earlier = [one for one in state.pushes if one.received <= newest.received and _counts(state, one)]
    return (earlier[-1] if earlier else None), _reason(state, newest)


def _look_again(state: State, head: Head, now: datetime) -> timedelta | None:
    """When to look again because a push that we heard of, and that nothing took the place of, has never been shown.

    Deliveries come in any order, so that it may also be older than the head: after `LAG` what is shown is believed.
    """
    if not head.open:
        return None
    at = next(at for at, one in enumerate(state.pushes) if one.sha == head.sha)
    later = state.pushes[at + 1 :] if state.pushes[at].told else state.pushes
    replaced = {one.before for one in state.pushes}
    unseen = [one for one in later if one.sha != head.sha and not one.shown and one.sha not in replaced]
    age = min((abs(now - one.received) for one in unseen), default=LAG)
    return min(max(age, FIRST_LOOK), LAG - age) if age < LAG else None


def _counts(state: State, push: Seen) -> bool:
    if state.frozen is not None and push.received > state.frozen:
        return False
    return standing(state.schedule, state.policy, push.received) in ("on time", "late")


def _reason(state: State, push: Seen) -> str:
    if state.frozen is not None and push.received > state.frozen:
        return "the submission is frozen"
    if standing(state.schedule, state.policy, push.received) == "early":
        return "the lab is not open yet"
    return "it came after the cutoff"
