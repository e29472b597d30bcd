"""Grades a commit within a learner's budget: takes an attempt, runs, and settles it before anything is told.

A fast grading takes none: it asks nothing about what is hidden.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from pushmark_graders.course.budget import Allowed, Refused, Settled
from pushmark_graders.course.ledger import Ledger, Outcome
from pushmark_graders.errors import NoAttempt
from pushmark_graders.grading.history import KEPT, following
from pushmark_graders.grading.job import Result
from pushmark_graders.grading.scoring import withhold
from pushmark_graders.grading.tiers import is_clean
from pushmark_graders.lab.spec import LabSpec

Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Counted:
    """An attempt's outcome; `evidence` is None when the commit had been graded before."""

    outcome: Outcome
    evidence: dict[str, Any] | None = None


def grade_counted(
    ledger: Ledger,
    spec: LabSpec,
    commit: str,
    grade: Callable[[], Result],
    clock: Clock = _now,
) -> Counted:
    """Run `grade` if the budget allows it, or return the outcome that the commit already has.

    Raises NoAttempt, without running anything, when no attempt is left.
    """
    now = clock()
    decision = ledger.take(commit, spec.version, now)
    if isinstance(decision, Refused):
        raise _refusal(decision, spec, now)
    if isinstance(decision, Settled):
        return Counted(ledger.outcome(decision.attempt))
    return _run(ledger, decision, grade)


def grade_fast(ledger: Ledger, grade: Callable[[], Result], clock: Clock = _now) -> Counted:
    """Run `grade`, a fast grading: its report has the number that the next attempt will have, and what is left."""
    result = grade()
    number, left = ledger.next(clock())
    report = following(ledger.earlier(None, KEPT), result.report)
    outcome = Outcome(replace(report, attempt=number, attempts=left), replace(result.final, attempt=number))
    return Counted(outcome, result.evidence)


def grade_auto(
    ledger: Ledger,
    spec: LabSpec,
    commit: str,
    fast: Callable[[], Result],
    full: Callable[[], Result],
    clock: Clock = _now,
) -> Counted:
    """Run `fast` and, where all of it passed and an attempt is left, `full`, which takes that attempt.

    A commit that was graded before is not run: its outcome is returned.
    """
    settled = ledger.settled(commit, spec.version)
    if settled is not None:
        return Counted(settled)
    first = grade_fast(ledger, fast, clock)
    if not is_clean(first.outcome.report):
        return first
    try:
        return grade_counted(ledger, spec, commit, full, clock)
    except NoAttempt:
        return first


def _run(ledger: Ledger, allowed: Allowed, grade: Callable[[], Result]) -> Counted:
    attempt = allowed.attempt
    try:
        result = grade()
    except BaseException:  # an interrupt too: nobody has been told anything
        ledger.give_back(attempt)
        raise
    if result.report.status == "ungraded":
        ledger.give_back(attempt)
        return Counted(Outcome(withhold(result.report), result.final), result.evidence)
    report = following(ledger.earlier(attempt, KEPT), result.report)
    outcome = Outcome(
        replace(report, attempt=attempt.number, attempts=allowed.left),
        replace(result.final, attempt=attempt.number),
    )
    return Counted(ledger.settle(attempt, outcome), result.evidence)


def _refusal(refused: Refused, spec: LabSpec, now: datetime) -> NoAttempt:
    used = f"{refused.used} of {refused.limit}"
    if refused.free is None:
        return NoAttempt(
            f"no attempt left at {spec.slug}: {used} in all are used, and nothing was run",
            "`attempts.total` in course.toml says how many there are; raising it is the instructor's decision",
        )
    return NoAttempt(
        f"no attempt left at {spec.slug} now: {used} in 24 hours are used, and nothing was run",
        f"grade again after {refused.free:%Y-%m-%d %H:%M:%S} UTC, in {_in_words(refused.free - now)}",
    )


def _in_words(time: timedelta) -> str:
    minutes = -(-int(time.total_seconds()) // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
