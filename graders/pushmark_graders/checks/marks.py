"""The `task` mark: which task a check belongs to, its points, its hint, what it waits for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

MARK = "pushmark_task"
Check = TypeVar("Check", bound=Callable[..., Any])


@dataclass(frozen=True)
class TaskMark:
    number: int
    points: float
    hidden: bool
    needs: tuple[str, ...]
    hint: str
    slow: bool = False


def task(
    number: int,
    *,
    points: float,
    hidden: bool = False,
    needs: Sequence[str] = (),
    hint: str = "",
    slow: bool = False,
) -> Callable[[Check], Check]:
    """Make the decorated test a check of task `number`.

    `needs` names checks that must pass first; until then this one is `blocked`. `hint` is shown when it
    does not pass. A `hidden` check tells the learner its title, state and hint, and nothing else. A `slow`
    check runs after the others, and not in the fast tier.
    """
    mark = TaskMark(number, float(points), hidden, (needs,) if isinstance(needs, str) else tuple(needs), hint, slow)
    decorate = getattr(pytest.mark, MARK)(mark)

    def apply(test: Check) -> Check:
        decorate(test)
        return test

    return apply
