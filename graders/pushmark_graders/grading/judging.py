"""What an exception in a check stands for: the state of the check, and the message that a learner reads."""

import re

import pytest

from pushmark_graders.checks.expect import Unmet
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.report.model import LeakFinding, Location, State
from pushmark_graders.submission.errors import SubmissionError

_NO_USE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What Python raises when a value is not of the kind that an expression needs."""


def read_exception(
    caught: "pytest.ExceptionInfo[BaseException] | None", *, answered: bool = False
) -> tuple[State, str, Location | None]:
    """The state and message that an exception in a check stands for.

    Once the submission `answered`, a check that cannot work with a value cannot work with the answer:
    the lab's own solution passes every check, and an answer must not be able to void an attempt.
    """
    if caught is None:
        return "passed", "", None
    error = caught.value
    if isinstance(error, SubmissionError):
        return error.state, error.public, error.location
    if isinstance(error, Unmet):
        return "failed", _for_learners(str(error)), error.location
    if isinstance(error, AssertionError | pytest.fail.Exception):
        return "failed", _for_learners(str(error)), None
    if isinstance(error, CouldNotGrade):
        return "ungraded", str(error), None
    if answered and isinstance(error, _NO_USE):
        return "failed", f"The check cannot work with this answer ({type(error).__name__}: {str(error)[:300]}).", None
    return "ungraded", f"The check itself broke ({type(error).__name__}); that is the lab's fault, not yours.", None


def is_lab_fault(caught: "pytest.ExceptionInfo[BaseException] | None", state: State) -> bool:
    """Whether a check that was read as `state` broke itself: an ungraded one that the machine has no part in."""
    return state == "ungraded" and caught is not None and not isinstance(caught.value, CouldNotGrade | SubmissionError)


def read_leaks(caught: "pytest.ExceptionInfo[BaseException] | None") -> list[LeakFinding]:
    """The columns that knew too much, where that is what the exception says."""
    return caught.value.leaks if caught is not None and isinstance(caught.value, Unmet) else []


_ADVICE = re.compile(r"(, |)use '?-v+'? to (show|get more diff)", re.IGNORECASE)


_INSIDES = re.compile(r"^ +\+ +where .*(in the worker>|of the submission>|object at 0x)")


def _for_learners(message: str) -> str:
    """An assertion's text without our own objects, and without advice about options that a learner cannot give."""
    told = [_ADVICE.sub("", line).rstrip() for line in message.splitlines() if not _INSIDES.match(line)]
    return "\n".join(line for line in told if line)
