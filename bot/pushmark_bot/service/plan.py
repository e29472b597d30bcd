"""Decides what to do about a submission: a pure function of what we know and what GitHub shows."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from pushmark_bot.course.deadlines import LatePolicy, Schedule, standing
from pushmark_bot.github import Head


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A commit that was the head, and when our server heard of it."""

    sha: str
    received: datetime


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
    is graded, and grade `again`. `why` says why a head is not graded."""

    grade: Seen | None = None
    publish: bool = False
    again: int | None = None
    why: str = ""


def plan(state: State, head: Head) -> Plan:
    """Decide. The newest push that may count is graded; one that came too late does not hide one that did not."""
    wanted, why = _wanted(state, head)
    is_new = wanted is not None and wanted.sha != state.graded_sha
    return Plan(
        grade=wanted if is_new else None,
        publish=state.graded_sha != state.published_sha,
        again=state.again,
        why=why,
    )


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
