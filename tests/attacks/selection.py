"""Which cases run: all of them, or a fixed few that stand for all classes."""

import os
from collections.abc import Sequence
from typing import TypeVar

import pytest

from tests.attacks.cases import HERE, corpus
from tests.attacks.honest import honest_corpus
from tests.attacks.judge import Case, about

SomeCase = TypeVar("SomeCase", bound=Case)

FAST = frozenset((HERE / "fast.txt").read_text().split())
"""One or two of each class, none of them slow: half a minute on two cores."""

FLAG = "--all-attacks"


def all_cases() -> list[Case]:
    """Hostile ones first."""
    return [*corpus(), *honest_corpus()]


def fast(cases: Sequence[SomeCase]) -> list[SomeCase]:
    return [case for case in cases if case.id in FAST]


def only(cases: Sequence[SomeCase], text: str) -> list[SomeCase]:
    """Those with `text` in their name, class or sentence."""
    return [case for case in cases if text.lower() in f"{case.id} {case.kind} {about(case)}".lower()]


def of_run(cases: Sequence[SomeCase], config: pytest.Config) -> list[SomeCase]:
    """The cases of a test run: all when it is told so, and on a machine that says it is a CI; else the fast ones."""
    everything = config.getoption(FLAG) or os.environ.get("CI", "") not in ("", "0", "false")
    return list(cases) if everything else fast(cases)


def tell_what_is_left_out(cases: Sequence[Case], config: pytest.Config) -> None:
    """Skip the test that calls this, with a reason that says how many cases do not run."""
    if left := len(cases) - len(of_run(cases, config)):
        pytest.skip(f"{left} of {len(cases)} cases are left out: pytest {FLAG}, or python -m tests.attacks")
