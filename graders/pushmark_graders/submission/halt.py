"""Lets another thread end a run of checks that is of no use any more: its submission was changed meanwhile."""

import contextlib
import socket


class Halted(KeyboardInterrupt):
    """The run was given up. Like an interrupt it ends everything on its way, and is no check's outcome."""


class Halt:
    """Asked by any thread, at any time; noticed where the grader next talks, or waits for a worker, in its own."""

    def __init__(self) -> None:
        self.asked = False
        self._socket: socket.socket | None = None

    def ask(self) -> None:
        """End the run: a worker that is waited for seems to hang up."""
        self.asked = True
        if self._socket is not None:
            with contextlib.suppress(OSError):  # closed already
                self._socket.shutdown(socket.SHUT_RDWR)

    def ends(self, connection: socket.socket) -> None:
        """Remember the socket to cut. Raises Halted when that was asked for meanwhile."""
        self._socket = connection
        self.check()

    def check(self) -> None:
        """Raises Halted when that was asked for."""
        if self.asked:
            raise Halted
