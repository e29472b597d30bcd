"""What a farm and its grader processes say to each other: MessagePack in frames, on a socket that both sides trust."""

import socket
import time
from typing import TypeVar

import msgspec

from pushmark_graders import frames
from pushmark_graders.grading.effort import Effort
from pushmark_graders.grading.repeats import Verdicts
from pushmark_graders.report.final import FinalMetric
from pushmark_graders.report.model import SubmissionRef
from pushmark_graders.worker.policy import Policy

SECONDS = 60.0
"""How long a message may take from its first byte to its last."""

_LIMITS = frames.Limits()
Message = TypeVar("Message", bound=msgspec.Struct)


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """The first message to a grader: what all of its gradings have in common. Folders are absolute.

    It is replaced after `most_gradings`, or when it has grown to `most_memory_mb`: labs run their own code in it.
    """

    lab: str
    base: str
    data: str
    policy: Policy
    seed: str
    warm: bool
    most_gradings: int = 200
    most_memory_mb: int = 1024


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One submission to grade: a folder that stays as it is until the answer is there.

    `repeats` and `more_seeds` are as in `grading.job.Job`.
    """

    label: str
    folder: str
    reference: SubmissionRef = SubmissionRef()
    repeats: int = 0
    more_seeds: list[str] = []


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a task: a report and what only staff read of it, both in JSON, or a reason why there is none.

    `is_lab` says that the lab is at fault, whatever was submitted; `is_worn` that the grader had better be replaced.
    `effort` is that of the grading alone, without what `repeats` and `more_seeds` of the task ask for.
    """

    report: bytes = b""
    final: bytes = b""
    seconds: float = 0.0
    effort: Effort = Effort()
    repeats: list[Verdicts] = []
    more_seeds: list[list[FinalMetric]] = []
    what: str = ""
    next_step: str = ""
    is_lab: bool = False
    is_worn: bool = False


def send(sock: socket.socket, message: msgspec.Struct, *, wait: bool = False) -> None:
    """Send `message`; `wait` until it is taken. Raises OSError when the other side is gone or stuck."""
    frames.send(sock, msgspec.msgpack.encode(message), _LIMITS, None if wait else time.monotonic() + SECONDS)


def receive(sock: socket.socket, kind: type[Message], *, wait: bool = False) -> Message:
    """The next message; `wait` for it as long as it takes.

    Raises EOFError or OSError when the other side is gone, FrameError or msgspec.DecodeError for nonsense.
    """
    got = frames.receive(sock, _LIMITS, None if wait else time.monotonic() + SECONDS)
    if not isinstance(got, bytes):
        raise frames.FrameError("not a message")
    return msgspec.msgpack.decode(got, type=kind)
