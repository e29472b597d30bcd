"""A worker that runs: its output, its exit status, its folder, and its end with all that it started."""

import contextlib
import signal
import socket
import sys
import time
from pathlib import Path

from pushmark_graders import process
from pushmark_graders.worker import entry, tree
from pushmark_graders.worker.output import Output
from pushmark_graders.worker.pool import Forked

FIRST_SIGNAL = 256 - 32
"""A worker that a signal ended reports 256 less its number; 255 is `sys.exit(-1)`, not the signal 1."""


class Launched:
    """A running worker, its output, our end of its socket, and what must go when it has ended."""

    def __init__(
        self,
        child: process.Process | Forked,
        sock: socket.socket,
        output: Output,
        belongings: contextlib.ExitStack,
    ) -> None:
        self.child = child
        self.pid = child.pid
        self.is_warm = isinstance(child, Forked)
        self.socket = sock
        self.output = output
        self.folder: int | Path | None = None
        self._belongings = belongings

    def exit_status(self, seconds: float = 2.0) -> int | None:
        """The status of a worker that ended by itself (negative: the signal), or None."""
        until = time.monotonic() + seconds
        while self.child.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        status = self.child.returncode
        if status == entry.OUT_OF_MEMORY:
            return -signal.SIGKILL
        return status - 256 if status is not None and FIRST_SIGNAL <= status < 255 else status

    def end(self) -> None:
        """Kill the worker and all its descendants, and wait until they are gone. May be called twice."""
        self.stop()
        self._belongings.close()

    def stop(self) -> None:
        """The same, but what a program left in its folder can still be collected."""
        self.socket.close()
        if not isinstance(self.child, Forked) and sys.platform != "linux":
            process.kill_session(self.child)
        elif self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(0.0 if self.child.poll() is not None else 3.0)
        except process.Timeout:
            self.child.kill()
            self.child.wait(5.0)
        self.output.wait_closed(5.0)

    def is_overfull(self, max_bytes: int) -> bool:
        """Whether its folder holds more than it may, where no quota is in force to prevent that."""
        return isinstance(self.folder, Path) and tree.holds_more(self.folder, max_bytes)

    def collect(self, target: Path, max_bytes: int) -> None:
        """Copy what a stopped program left in its folder into the empty folder `target`. Raises tree.TooMuch."""
        assert self.folder is not None
        tree.private_copy(self.folder, target, max_bytes=max_bytes)
