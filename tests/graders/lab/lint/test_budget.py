"""Grading a lab's solution costs no more than the lab states."""

from pushmark_graders.grading.effort import Effort
from pushmark_graders.lab.lint import budget
from pushmark_graders.lab.spec import GradingSpec

STATED = GradingSpec(processor_seconds=10, memory_mb=512)


def test_what_is_within_the_statement_holds_and_is_told() -> None:
    verdict = budget.prove(STATED, Effort(processor_seconds=9.96, memory_mb=511.7), kept=False)
    assert verdict.problems == []
    assert verdict.told == "10.0 of 10 s of processor time, 512 of 512 MiB"


def test_each_of_time_and_memory_above_it_is_named() -> None:
    (slow,) = budget.prove(STATED, Effort(processor_seconds=10.1, memory_mb=1), kept=False).problems
    assert slow.startswith("grading the solution takes 10.1 s of processor time, and the lab states 10: ")
    (large,) = budget.prove(STATED, Effort(processor_seconds=1, memory_mb=513), kept=False).problems
    assert large.startswith("the largest process holds 513 MiB, and the lab states 512: ")
