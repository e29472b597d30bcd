"""The public part of a grading, for one whose hidden part is done on another machine.

Whoever reads it takes it for the word of a machine that runs learner code: bounded here, and about public checks alone.
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.grading.claims import Claims
from pushmark_graders.grading.session import LONGEST_MESSAGE, Outcome
from pushmark_graders.grading.training import REPORTED_RUNS
from pushmark_graders.report.model import BudgetResult, Timing, TrainingResult
from pushmark_graders.report.schema import encodable
from pushmark_graders.worker.layers import Layer


class PublicPart(msgspec.Struct, frozen=True, kw_only=True):
    """The outcomes of the public checks and what training made; `grader` is the version that says so."""

    grader: str
    outcomes: dict[str, Outcome]
    budgets: list[BudgetResult]
    trained: TrainingResult | None
    claims: Claims | None
    rewritten: list[str]
    layers: list[Layer]
    timing: Timing


def dump(part: PublicPart) -> bytes:
    """As MessagePack: a run may log what JSON has no number for. Half a character pair becomes its escape."""
    try:
        return msgspec.msgpack.encode(part)
    except UnicodeEncodeError:
        return msgspec.msgpack.encode(encodable(msgspec.to_builtins(part)))


def parse(told: Any, grader: str) -> PublicPart:
    """Read what `dump` of the same version gave. Raises CouldNotGrade for anything else."""
    try:
        if type(told) is not bytes:
            raise msgspec.ValidationError("expected bytes")
        part = msgspec.msgpack.decode(told, type=PublicPart)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise CouldNotGrade(f"the public part of a grading cannot be read: {error}", "grade it again") from None
    if part.grader != grader:
        raise CouldNotGrade(
            f"the public part was graded by version {part.grader[:50]!r}, and this is {grader}",
            "let both jobs install the same commit of Pushmark",
        )
    trained = part.trained and replace(part.trained, runs=part.trained.runs[:REPORTED_RUNS])
    outcomes = {name: _bounded(one) for name, one in part.outcomes.items()}
    return replace(part, trained=trained, outcomes=outcomes)


def _bounded(outcome: Outcome) -> Outcome:
    return replace(outcome, message=outcome.message[:LONGEST_MESSAGE], output=outcome.output[: 1 << 20])
