"""What the process that runs learner code has cost so far, read from outside (Linux).

Nothing is asked of learner code: the kernel keeps these numbers, and the process cannot set them. They are those of
one process, its threads included, also of threads that have ended; so whoever is measured must be unable to start
other processes (`alone` of the launcher).
"""

import os
import signal
import sys
import time
from pathlib import Path

from pushmark_graders.errors import CouldNotGrade

_SCHEDULED = 2
"""CPUCLOCK_SCHED: the clock of a whole process in nanoseconds, by its number; see clock_getcpuclockid(3)."""
_BEFORE_THE_WORKER = 2
"""A worker is the child of an init, and that of the supervisor whom the launcher started."""


class Gone(Exception):
    """The process that was measured has ended."""


class Meter:
    """The costs of the worker below the supervisor `supervisor`, and the right to stop it for a while."""

    def __init__(self, supervisor: int) -> None:
        if sys.platform != "linux":
            raise CouldNotGrade("budgets are measured on Linux alone", "grade this lab on Linux, or in WSL 2")
        self._pid = _only_descendant(supervisor)
        self._peak = 0

    def cpu_seconds(self) -> float:
        """Processor time of all its threads since it began, in user and system mode. Raises Gone."""
        try:
            return time.clock_gettime((~self._pid << 3) | _SCHEDULED)
        except OSError:
            raise Gone from None

    def peak_bytes(self) -> int:
        """The most resident memory so far (VmHWM). The largest of all readings counts: a process may reset it.

        Raises Gone.
        """
        try:
            status = Path(f"/proc/{self._pid}/status").read_text()
        except OSError:
            raise Gone from None
        held = [int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM:")]
        if not held:
            raise Gone
        self._peak = max(self._peak, *held)
        return self._peak

    def pause(self) -> None:
        """Stop it, so that it neither works nor disturbs while something else is measured. Raises Gone."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Raises Gone."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        try:
            os.kill(self._pid, number)
        except ProcessLookupError:
            raise Gone from None


def _only_descendant(pid: int) -> int:
    for _ in range(_BEFORE_THE_WORKER):
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            raise Gone from None
        if len(children) != 1:
            raise Gone
        pid = int(children[0])
    return pid
