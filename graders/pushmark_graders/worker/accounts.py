"""User ids for workers: each gets one that nobody else has, for as long as it lives (Linux, root)."""

import fcntl
import os
import secrets
import struct
from contextlib import suppress
from pathlib import Path

from pushmark_graders import cache
from pushmark_graders.errors import CouldNotGrade

FIRST = 300_000
COUNT = 1_000_000
"""Above every account of a usual system: people have < 60,000, subordinate ids begin at 100,000."""

_REGISTER = Path("/run/pushmark")
_TRIES = 1000


class Account:
    """A user id that is taken until `release`, or until this process ends however it ends."""

    def __init__(self, uid: int, descriptor: int) -> None:
        self.uid = uid
        self._descriptor = descriptor

    def release(self) -> None:
        with suppress(OSError):
            os.close(self._descriptor)


def take() -> Account:
    """A free user id. It is free when no other grader holds a lock on its byte of a file that all share."""
    descriptor = os.open(_register(), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    for _ in range(_TRIES):
        number = secrets.randbelow(COUNT)
        with suppress(BlockingIOError):
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, number, 1, 0))
            return Account(FIRST + number, descriptor)
    os.close(descriptor)
    raise CouldNotGrade("no user id is free for a worker", "end graders that hang")


def _register() -> Path:
    try:
        _REGISTER.mkdir(mode=0o700, exist_ok=True)
    except OSError:  # a read-only /run
        return cache.folder() / "user-ids"
    return _REGISTER / "user-ids"
