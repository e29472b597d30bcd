"""Makes the repositories of a whole course, one learner after the other, as fast as GitHub takes writes.

One whom GitHub keeps waiting is put aside and the others go on. It may be stopped at any moment, and started again.
"""

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from pushmark_graders.errors import PushmarkError

from pushmark_bot.provision.provisioner import Outcome, Provisioner

TRIES = 4
"""How often one learner is tried when GitHub has trouble, before the next run has to."""
IN_A_ROW = 5
"""After so many learners with the same trouble in a row, it is no trouble of theirs."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A learner's repository that is to be made."""

    number: int
    identifier: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What happened: `learner` is empty when all of them wait for `seconds`."""

    learner: str
    number: int = 0
    outcome: Outcome


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """How many were made, and who was not, with why."""

    done: int
    failed: Sequence[Told]


def run(
    provisioner: Provisioner,
    asked: Sequence[Asked],
    *,
    tell: Callable[[Told], None],
    sleep: Callable[[float], None],
    clock: Callable[[], datetime],
) -> Summary:
    """Make them all. Raises PushmarkError when the same trouble meets one learner after the other."""
    ready = deque(asked)
    aside: list[tuple[datetime, int, Asked]] = []
    tries: dict[int, int] = {}
    failed: list[Told] = []
    done = 0
    while ready or aside:
        if aside and (not ready or aside[0][0] <= clock()):
            due, _, one = heapq.heappop(aside)
            _wait_until(due, sleep, clock)
        else:
            one = ready.popleft()
        outcome = provisioner.advance(one.number)
        told = Told(learner=one.identifier, number=one.number, outcome=outcome)
        if outcome.state == "paced":
            tell(Told(learner="", outcome=outcome))
            sleep(outcome.seconds)
            ready.appendleft(one)
            continue
        tries[one.number] = tries.get(one.number, 0) + (outcome.state == "trouble")
        if outcome.state == "wait" or (outcome.again and tries[one.number] < TRIES):
            heapq.heappush(aside, (clock() + timedelta(seconds=outcome.seconds), one.number, one))
        elif outcome.state == "done":
            done += 1
        else:
            failed.append(told)
            _stop_if_hopeless(failed)
        tell(told)
    return Summary(done=done, failed=failed)


def _wait_until(due: datetime, sleep: Callable[[float], None], clock: Callable[[], datetime]) -> None:
    left = (due - clock()).total_seconds()
    if left > 0:
        sleep(left)


def _stop_if_hopeless(failed: Sequence[Told]) -> None:
    last = [one.outcome for one in failed[-IN_A_ROW:]]
    same = {outcome.next_step for outcome in last}
    if len(last) == IN_A_ROW and len(same) == 1 and all(outcome.state == "trouble" for outcome in last):
        raise PushmarkError(f"{IN_A_ROW} learners in a row: {last[-1].what}", last[-1].next_step)
