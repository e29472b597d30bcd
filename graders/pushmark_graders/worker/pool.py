"""Warm workers: a fork server with a lab's libraries imported, asked instead of starting an interpreter.

A learner meets this as seconds that are not spent. What a worker is and how it is confined does not depend
on it; where a warm one cannot be had, a cold one is started, and the report says so. The server is one that
somebody offers already, or one of this pool's own.
"""

import contextlib
import os
import select
import signal
import socket
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import IO, Self

import msgspec

from pushmark_graders import process
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.worker import entry, forkserver, offers
from pushmark_graders.worker.output import Output
from pushmark_graders.worker.surroundings import worker_environment

START_SECONDS = 60.0
"""How long importing the libraries may take; PyTorch takes two seconds on a quiet machine."""
ANSWER_SECONDS = 10.0
_END_SECONDS = 5.0
_OUTPUT_KB = 16


class Unavailable(Exception):
    """No warm worker is to be had; the message says why."""


class Hello(msgspec.Struct, frozen=True):
    """The server's first word: which libraries it could not import, all that it has loaded, and its threads."""

    missing: list[str]
    loaded: list[str]
    threads: int


@dataclass
class Spent:
    """What warm workers took that have ended: seconds of processor time in sum, and KiB of the largest process."""

    processor_seconds: float = 0.0
    largest_kb: int = 0


class Forked:
    """A worker that a fork server started: what `process.Process` is for one that we started ourselves."""

    def __init__(self, pid: int, handle: int, status: int, stdout: IO[bytes], spent: Spent) -> None:
        self.pid = pid
        self.stdout = stdout
        self._spent = spent
        self.returncode: int | None = None
        self._handle = handle
        self._status = status

    def poll(self) -> int | None:
        """The exit status, or None while it runs."""
        if self.returncode is None and select.select([self._handle], [], [], 0)[0]:
            told = os.read(self._status, 1 + entry.SPENT.size)
            self.returncode = told[0] if told else -signal.SIGKILL
            if len(told) > entry.SPENT.size:
                seconds, largest = entry.SPENT.unpack_from(told, 1)
                self._spent.processor_seconds += seconds
                self._spent.largest_kb = max(self._spent.largest_kb, largest)
            os.close(self._status)
            os.close(self._handle)
        return self.returncode

    def wait(self, seconds: float) -> int:
        """Raises process.Timeout when it still runs after `seconds`."""
        if self.returncode is None:
            select.select([self._handle], [], [], seconds)
        status = self.poll()
        if status is None:
            raise process.Timeout("a warm worker", seconds)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Pool:
    """A fork server with `libraries` imported: found or started early, and asked for each worker.

    With `offered` others find it too, for as long as this pool is open: `close` ends it, and all workers of
    this pool. For one thread at a time.
    """

    def __init__(self, libraries: Sequence[str] = (), *, offered: bool = False) -> None:
        self._libraries = list(libraries)
        self._offered = offered
        self._offer: offers.Offer | None = None
        self._server: process.Process | None = None
        self._output: Output | None = None
        self._control: socket.socket | None = None
        self._hello: Hello | None = None
        self._workers: list[Forked] = []
        self._broken = ""
        self.served_all = True
        """Whether every worker that was asked for so far is a warm one."""
        self.spent = Spent()
        self._served = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_broken(self) -> bool:
        """Whether no warm worker is to be had from this pool any more."""
        return bool(self._broken)

    @property
    def was_lost(self) -> bool:
        """Whether the server ended after it had given workers: another one may well do."""
        return bool(self._broken) and self._served > 0

    @property
    def is_borrowed(self) -> bool:
        """Whether the server is one that somebody else offers."""
        return self._control is not None and self._server is None

    @property
    def has_ended(self) -> bool:
        """Whether the server was started by this pool and is no more."""
        return self._server is not None and self._server.poll() is not None

    def start(self) -> None:
        """Find a server, or begin to import the libraries in one; does not wait for that."""
        if self._control is not None or self._broken:
            return
        if sys.platform != "linux":
            self._broken = "only Linux can confine a forked worker"
            return
        self._control = offers.find(self._libraries)
        if self._control is None:
            self._start_server()

    def _start_server(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._offer = offers.make(self._libraries) if self._offered else None
        listener = self._offer.listener.fileno() if self._offer else None
        try:
            server = process.spawn(
                [sys.executable, "-I", forkserver.__file__, str(listener or forkserver.NO_NAME)],
                socket_for_child=theirs,
                others_for_child=[] if listener is None else [listener],
                env=worker_environment(),
            )
            ours.send(msgspec.json.encode(self._libraries))
        except (CouldNotGrade, OSError) as error:
            self._break(str(error))
            ours.close()
            return
        finally:
            theirs.close()
            if self._offer is not None:
                self._offer.listener.close()
        assert server.stdout is not None
        self._server, self._control = server, ours
        self._output = Output(server.stdout, _OUTPUT_KB << 10, end=True)

    def suits(self, names: Collection[str]) -> bool:
        """Whether none of a submission's own top-level modules is loaded already: it would not be imported any more.

        Raises Unavailable.
        """
        return not {*names} & {*self.ready().loaded}

    def spawn(self, connection: socket.socket) -> Forked:
        """A new worker with `connection` as its end of the socket. Raises Unavailable."""
        self.ready()
        assert self._control is not None
        output, status = os.pipe(), os.pipe()
        try:
            self._control.settimeout(ANSWER_SECONDS)
            socket.send_fds(self._control, [forkserver.REQUEST], [connection.fileno(), output[1], status[1]])
            told, handles, _, _ = socket.recv_fds(self._control, forkserver.ANSWER_BYTES, 1)
            if not handles:
                raise EOFError
        except BaseException as error:  # a check's time limit too: the answer to this request must not become another's
            os.close(output[0])
            os.close(status[0])
            self._break(f"the fork server did not answer ({type(error).__name__})")
            if isinstance(error, OSError | EOFError):
                raise Unavailable(self._broken) from None
            raise
        finally:
            os.close(output[1])
            os.close(status[1])
        self._served += 1
        output_pipe = os.fdopen(output[0], "rb")
        worker = Forked(int.from_bytes(told, "little"), handles[0], status[0], output_pipe, self.spent)
        self._workers = [*(one for one in self._workers if one.poll() is None), worker]
        return worker

    def close(self) -> None:
        """End the workers that are left, and the server if it is ours. May be called twice."""
        for worker in self._workers:
            worker.send_signal(signal.SIGTERM)
        self._workers = []
        if self._offer is not None:
            self._offer.withdraw()
            self._offer = None
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._server is not None:
            try:
                self._server.wait(_END_SECONDS)
            except process.Timeout:
                self._server.kill()
                self._server.wait(_END_SECONDS)
            assert self._output is not None
            self._output.wait_closed(_END_SECONDS)
            self._server = None
        self._broken = self._broken or "the pool is closed"

    def ready(self) -> Hello:
        """The server's hello, waited for if need be. Raises Unavailable."""
        self.start()
        if self._hello is None and not self._broken:
            assert self._control is not None
            try:
                self._control.settimeout(START_SECONDS)
                self._hello = msgspec.json.decode(self._control.recv(forkserver.MESSAGE_BYTES), type=Hello)
            except (OSError, msgspec.DecodeError):
                self._break(f"the fork server did not start: {self._output.take()[-500:] if self._output else ''}")
            else:
                if self._hello.threads != 1:
                    self._break(f"after its imports the fork server has {self._hello.threads} threads")
        if self._broken or self._hello is None:
            raise Unavailable(self._broken)
        return self._hello

    def _break(self, why: str) -> None:
        """Ask nobody any more. Workers that run go on: what they are at does not depend on the server."""
        self._broken = self._broken or why
        workers, self._workers = self._workers, []
        self.close()
        self._workers = workers
