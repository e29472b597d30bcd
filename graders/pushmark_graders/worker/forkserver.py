"""The fork server: has a lab's libraries imported and forks a worker per request, which then confines itself.

It is started like a worker, holds no secret, never runs learner code and has one thread: a child of a process
that ever ran two would hang in OpenMP. Whoever started it asks over a socket, and it ends when that is closed.
Others ask over a socket of a name, where it has one: processes of the same user that are not confined themselves.

A message is a packet: the libraries, the hello, and then a request and its answer for each worker.
"""

import ctypes
import fcntl
import gc
import importlib
import json
import os
import random
import select
import socket
import struct
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from pushmark_graders.worker import entry, privileges, runtime  # noqa: F401  (runtime is what children become)
from pushmark_graders.worker.exercise import exercise
from pushmark_graders.worker.kernel import Kernel

STATUS = 4
"""The descriptor under which a forked supervisor tells its exit status: its parent is not the one who asks."""
NO_NAME = "-"
"""In place of the descriptor of a listening socket, where there is none."""
REQUEST = b"fork"
ANSWER_BYTES = 4
MESSAGE_BYTES = 1 << 17
_REAP_MS = 200
_MOST_DESCRIPTORS = 1 << 16
_HUGE = 2 << 20
_MADV_COLLAPSE = 25
"""Linux 6.1: https://man7.org/linux/man-pages/man2/madvise.2.html"""
_PEER = struct.Struct("iII")
"""SO_PEERCRED: process id, user id, group id; https://man7.org/linux/man-pages/man7/unix.7.html"""


def main() -> NoReturn:
    privileges.die_with_parent()  # now: imports take seconds
    listener = None if sys.argv[1] == NO_NAME else socket.socket(fileno=int(sys.argv[1]))
    owner = socket.socket(fileno=int(sys.argv[2]))
    libraries = json.loads(owner.recv(MESSAGE_BYTES))
    missing = [name for name in libraries if not _is_imported(name)]
    exercise()
    gc.collect()
    gc.freeze()  # a collection in a child would copy every page of the libraries
    _collapse()
    loaded = sorted({name.partition(".")[0] for name in sys.modules})
    hello = json.dumps({"missing": missing, "loaded": loaded, "threads": threads()}).encode()
    owner.send(hello)
    if threads() == 1:
        _Server(owner, listener, hello).serve()
    os._exit(1)


def _is_imported(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:
        return False
    return True


def _collapse() -> None:
    """Gather this process's memory in huge pages, where the kernel can: a fork copies one entry for each page."""
    kernel = Kernel()
    for line in Path("/proc/self/maps").read_text().splitlines():
        place, rights, _, _, inode, *_ = line.split()
        start, end = (int(bound, 16) for bound in place.split("-"))
        first, last = -(-start // _HUGE) * _HUGE, end // _HUGE * _HUGE
        if rights == "rw-p" and inode == "0" and first < last:
            with suppress(OSError):
                kernel.call("madvise", ctypes.c_void_p(first), ctypes.c_size_t(last - first), _MADV_COLLAPSE)


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


class _Server:
    """Those who may ask: the owner, and who came by the name."""

    def __init__(self, owner: socket.socket, listener: socket.socket | None, hello: bytes) -> None:
        self._owner = owner
        self._listener = listener
        self._hello = hello
        self._askers: dict[int, socket.socket] = {}
        self._poll = select.poll()

    def serve(self) -> NoReturn:
        self._owner.setblocking(False)
        self._let_in(self._owner)
        if self._listener is not None:
            self._listener.setblocking(False)
            self._poll.register(self._listener, select.POLLIN)
        while True:
            _reap()
            for descriptor, _ in self._poll.poll(_REAP_MS):
                asker = self._askers.get(descriptor)
                if asker is None:
                    self._accept()
                elif not self._answer(asker):
                    self._let_go(asker)

    def _let_in(self, asker: socket.socket) -> None:
        self._askers[asker.fileno()] = asker
        self._poll.register(asker, select.POLLIN)

    def _let_go(self, asker: socket.socket) -> None:
        if asker is self._owner:
            os._exit(0)
        del self._askers[asker.fileno()]
        self._poll.unregister(asker)
        asker.close()

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            asker, _ = self._listener.accept()
        except OSError:
            return  # it is gone already, or we hold all the descriptors that we may
        with suppress(OSError):
            if is_one_of_us(asker):
                asker.setblocking(False)
                asker.send(self._hello)  # first: who has hung up already is not let in
                self._let_in(asker)
                return
        asker.close()

    def _answer(self, asker: socket.socket) -> bool:
        """Fork a worker for `asker`, and tell its process; False when there is nobody to work for any more."""
        try:
            said, descriptors, _, _ = socket.recv_fds(asker, len(REQUEST), 3)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if said != REQUEST or len(descriptors) != 3:
            for descriptor in descriptors:
                os.close(descriptor)
            return False
        child = os.fork()
        if child == 0:
            self._become_worker(*descriptors)
        handle = os.pidfd_open(child)
        try:
            socket.send_fds(asker, [child.to_bytes(ANSWER_BYTES, "little")], [handle])
        except OSError:
            return False
        finally:
            for descriptor in (*descriptors, handle):
                os.close(descriptor)
        return True

    def _become_worker(self, connection: int, output: int, status: int) -> NoReturn:
        try:
            for one in (*self._askers.values(), self._listener):
                if one is not None:
                    one.close()
            _become_supervisor(connection, output, status)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)


def is_one_of_us(asker: socket.socket) -> bool:
    """Whether the process at the other end has our user id, and is not confined further than we are: no worker."""
    pid, uid, _ = _PEER.unpack(asker.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    if uid != os.getuid() or pid <= 0:
        return False
    theirs, ours = _confinement(str(pid)), _confinement("self")
    return all(theirs[name] <= ours[name] for name in ours)


def _confinement(process: str) -> dict[str, int]:
    """What a process cannot take back; the kernel tells it in https://docs.kernel.org/filesystems/proc.html"""
    lines = (line.split() for line in Path(f"/proc/{process}/status").read_text().splitlines())
    names = ("NoNewPrivs:", "Seccomp:", "Seccomp_filters:")
    return {words[0]: int(words[1]) for words in lines if words and words[0] in names}


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue


def _become_supervisor(connection: int, output: int, status: int) -> NoReturn:
    """Take the descriptors where a worker that was started cold has them, and go the same way from there."""
    os.setsid()
    high = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, STATUS + 1) for one in (connection, output, status)]
    nothing = os.open(os.devnull, os.O_RDWR)
    for source, target in ((nothing, 0), (high[1], 1), (high[1], 2), (high[0], entry.SOCKET), (high[2], STATUS)):
        os.dup2(source, target, inheritable=target <= 2)
    os.closerange(STATUS + 1, _MOST_DESCRIPTORS)
    reseed()
    entry.run(STATUS)


def reseed() -> None:
    """Give this process random state of its own, as a process that started cold has."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.seed()


if __name__ == "__main__":
    main()
