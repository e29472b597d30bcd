"""Which faulty implementations a test suite notices: pure arithmetic over what became of its runs.

Every run was made beside learner code, which can answer anything, so no single answer is believed. What is
believed is a difference: the same suite passes on every disguise of the reference and fails on the mutant.

- A suite that does not pass on each run of the reference, with the same outcome for each test, kills nothing:
  to fail always, to fail at random, to fail on every source that is not the reference's own text, to end the
  process, or to answer nonsense does not pay.
- A run without a well-formed verdict (it crashed, said something else, listed other tests than the suite has)
  has not passed where it ran on the reference, and has killed nothing where it ran on a mutant.
- A run that took too long is such a run, unless the lab's author lets a mutant be killed by time.
- A mutant is killed when *every* run on it fails in a test that passed on the reference. With r runs on each
  mutant and 2r on the reference, a suite that fails each time with probability q kills a mutant with
  (1 - q)^(2r) q^r, which for r = 2 is at most 0.022.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["passed", "failed", "skipped", ""]
"""What became of one test; a run ends at the first that fails, and those behind it have no outcome."""


@dataclass(frozen=True)
class Ran:
    """One run of a suite: its outcomes in the order of the suite's tests, or why there are none."""

    outcomes: tuple[Outcome, ...] = ()
    how: Literal["verdict", "late", "none"] = "verdict"


def passed(run: Ran) -> bool:
    """Whether every test ran, none failed, and at least one passed."""
    return run.how == "verdict" and "passed" in run.outcomes and not {"failed", ""} & {*run.outcomes}


def holds(controls: Sequence[Ran]) -> bool:
    """Whether a suite passes on the reference: on each run of it, and with the same outcome for each test."""
    return bool(controls) and all(map(passed, controls)) and len({run.outcomes for run in controls}) == 1


def notices(control: Ran, run: Ran, *, late_kills: bool = False) -> bool:
    """Whether a run on a mutant fails in a test that passed in `control`."""
    if run.how != "verdict":
        return late_kills and run.how == "late"
    if len(run.outcomes) != len(control.outcomes):
        return False
    return ("passed", "failed") in set(zip(control.outcomes, run.outcomes, strict=True))


def killed(controls: Sequence[Ran], mutants: Sequence[Sequence[Ran]], *, late_kills: bool = False) -> list[bool]:
    """For each mutant whether it is killed: by all of its runs, of which there is at least one."""
    if not holds(controls):
        return [False for _ in mutants]
    return [bool(runs) and all(notices(controls[0], run, late_kills=late_kills) for run in runs) for runs in mutants]
