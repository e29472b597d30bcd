"""What can go wrong on the learner's side of a call. Each is one state and one message of a check."""

from typing import Literal

from pushmark_graders.report.model import Location


class SubmissionError(Exception):
    """The submission did not give an answer.

    `public` is the message for a public check and may hold learner-made text; `kind` is ours and is all
    that a hidden check tells.
    """

    state: Literal["failed", "error"] = "error"

    def __init__(self, public: str, kind: str, location: Location | None = None) -> None:
        super().__init__(public)
        self.public = public
        self.kind = kind
        self.location = location


class Raised(SubmissionError):
    """Learner code raised; the message is its traceback."""


class Died(SubmissionError):
    """The worker ended before it answered: an exit, a crash or a kill."""


class TimedOut(SubmissionError):
    """No answer within the limit; the worker was killed."""


class Overran(TimedOut):
    """The check as a whole took too long, whatever it was at: nothing in it may go on after this."""


class SuiteFailed(SubmissionError):
    """The submission's own tests do not pass on the lab's reference; the message is ours, but for names and a line."""

    state = "failed"


class Garbled(SubmissionError):
    """What came back was not an answer: the submission wrote into the protocol, or flooded it."""


class MissingName(SubmissionError):
    """A module, function or attribute that the lab asks for is not there."""

    state = "failed"


class MissingFile(SubmissionError):
    """A file that the lab asks for was not submitted."""

    state = "failed"


class Unreadable(SubmissionError):
    """A submitted file cannot be read as what it should be: too large, not UTF-8, not parsed by its language."""


class NotAnAnswer(SubmissionError):
    """The answer holds something that is not plain data."""

    state = "failed"
