"""How many processors there are to work with, and how to keep them busy: verdicts must not depend on either."""

import contextlib
import os
import sys
from collections.abc import Iterator

from pushmark_graders import process

NICENESS = 5
"""How far a busy process steps back behind what it disturbs: it still gets about a quarter of a processor."""
_LONGEST = 3600.0
_BUSY = """
import os, sys
os.nice(int(sys.argv[2]))
while os.getppid() == int(sys.argv[1]):
    sum(range(1_000_000))
"""


def cores() -> int:
    """How many processors this process may use."""
    if sys.platform != "linux":
        return os.cpu_count() or 1
    return len(os.sched_getaffinity(0))


@contextlib.contextmanager
def busy(niceness: int = NICENESS) -> Iterator[None]:
    """A process for each processor that computes while the block runs; they end with this process, too."""
    argv = [sys.executable, "-I", "-c", _BUSY, str(os.getpid()), str(niceness)]
    with contextlib.ExitStack() as ending:
        for _ in range(cores()):
            ending.enter_context(process.piped(argv, env={}, seconds=_LONGEST))
        yield
