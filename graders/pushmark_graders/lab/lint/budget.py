"""Proves that grading the solution costs no more than the lab states in `[grading]`.

Processor time, not time on the clock: other work on the machine hardly moves it.
"""

from pushmark_graders.grading.effort import Effort
from pushmark_graders.lab.lint.verdict import Verdict
from pushmark_graders.lab.spec import GradingSpec

NAME = "budget"


def prove(stated: GradingSpec, took: Effort, *, kept: bool) -> Verdict:
    """The verdict on what grading the solution once took."""
    problems = []
    if took.processor_seconds > stated.processor_seconds:
        problems.append(
            f"grading the solution takes {took.processor_seconds:.1f} s of processor time, and the lab states "
            f"{stated.processor_seconds:g}: make the checks cheaper, or state more in [grading] of lab.toml"
        )
    if took.memory_mb > stated.memory_mb:
        problems.append(
            f"the largest process holds {took.memory_mb:.0f} MiB, and the lab states {stated.memory_mb}: "
            "make what it holds smaller, or state more in [grading] of lab.toml"
        )
    told = (
        f"{took.processor_seconds:.1f} of {stated.processor_seconds:g} s of processor time, "
        f"{took.memory_mb:.0f} of {stated.memory_mb} MiB"
    )
    return Verdict(name=NAME, problems=problems, told=told, kept=kept)
