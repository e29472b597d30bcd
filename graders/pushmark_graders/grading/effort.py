"""What a grading costs the machine: processor time, which other work on it hardly moves, and memory.

Of the grader and all its workers. Libraries that a fork server loads once for all gradings are not counted.
"""

import resource
import sys
from pathlib import Path

import msgspec

from pushmark_graders.worker.pool import Pool

_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in which the system tells the largest resident size: getrusage(2)."""


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of processor time, and the resident MiB of the largest process.

    In a process that grades several times, `memory_mb` is that of the largest process so far.
    """

    processor_seconds: float = 0.0
    memory_mb: float = 0.0


class Meter:
    """Counts from its making on; workers count when they have ended."""

    def __init__(self, pool: Pool | None) -> None:
        self._pool = pool
        self._before = self._seconds()

    def read(self) -> Effort:
        return Effort(
            processor_seconds=round(self._seconds() - self._before, 2), memory_mb=round(self._largest() / 2**20, 1)
        )

    def _seconds(self) -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        warm = self._pool.spent.processor_seconds if self._pool is not None else 0.0
        return sum(one.ru_utime + one.ru_stime for one in used) + warm

    def _largest(self) -> int:
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _UNIT
        return max(_own_bytes(), children, self._pool.spent.largest_kb * 1024 if self._pool is not None else 0)


def _own_bytes() -> int:
    """The most that this process held. On Linux getrusage also knows what its parent held when it was started."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT
    return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) * 1024
