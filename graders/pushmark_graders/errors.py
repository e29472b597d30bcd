"""Errors that a person can cause or mend: each says what happened and what to do next."""

import traceback
from typing import Literal

ExitCode = Literal[0, 1, 2, 3, 4]

GRADED: ExitCode = 0
CHECKS_FAILED: ExitCode = 1
USAGE: ExitCode = 2
COULD_NOT_GRADE: ExitCode = 3
NO_ATTEMPT: ExitCode = 4


class PushmarkError(Exception):
    """Something the reader can mend. The command line prints it without a stack trace."""

    exit_code: ExitCode = USAGE

    def __init__(self, what: str, next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what}\n  Next: {self.next_step}" if self.next_step else self.what


class FileError(PushmarkError):
    """A file that a person wrote is wrong. `problems` lists every fault found in it, in its order."""

    def __init__(self, problems: list[str], next_step: str = "") -> None:
        super().__init__("\n".join(problems), next_step)
        self.problems = problems


class LabError(FileError):
    """The lab folder is wrong."""


class CourseError(FileError):
    """The course file is wrong."""


class NoAttempt(PushmarkError):
    """The course's budget holds no attempt for this learner now; the submission was not run."""

    exit_code: ExitCode = NO_ATTEMPT


class CouldNotGrade(PushmarkError):
    """Our side failed: the submission is neither right nor wrong, and no attempt is lost."""

    exit_code: ExitCode = COULD_NOT_GRADE


def broken(error: Exception) -> CouldNotGrade:
    """A fault of Pushmark itself. Where it happened is told, its text is not: it may quote what is hidden."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return CouldNotGrade(
        f"Pushmark itself broke: {type(error).__name__} in {where.filename}, line {where.lineno}",
        "run it again with PUSHMARK_DEBUG=1 to see the whole trace, and report that; no attempt is lost",
    )
