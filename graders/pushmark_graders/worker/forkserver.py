"""The fork server: has a lab's libraries imported and forks a worker per request, which then confines itself.

It is started like a worker, holds no secret, never runs learner code and has one thread: a child of a process
that ever ran two would hang in OpenMP. Whoever holds its control socket asks; it ends when that is closed.
"""

import ctypes
import gc
import importlib
import os
import random
import socket
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from pushmark_graders import frames
from pushmark_graders.worker import entry, privileges, runtime  # noqa: F401  (runtime is what children become)
from pushmark_graders.worker.kernel import Kernel

STATUS = 4
"""The descriptor under which a forked supervisor tells its exit status: its parent is not the one who asks."""
REAP_SECONDS = 0.2
_MOST_DESCRIPTORS = 1 << 16
_HUGE = 2 << 20
_MADV_COLLAPSE = 25
"""Linux 6.1: https://man7.org/linux/man-pages/man2/madvise.2.html"""
REQUEST = b"fork"
ANSWER_BYTES = 4
_HELLO_SECONDS = 60.0


def main() -> NoReturn:
    with socket.socket(fileno=int(sys.argv[1])) as control:
        libraries: Any = frames.receive(control, frames.Limits(), time.monotonic() + _HELLO_SECONDS)
        missing = [name for name in libraries if not _is_imported(name)]
        gc.collect()
        gc.freeze()  # a collection in a child would copy every page of the libraries
        _collapse()
        loaded = sorted({name.partition(".")[0] for name in sys.modules})
        frames.send(control, {"missing": missing, "loaded": loaded, "threads": threads()}, frames.Limits(), None)
        if threads() == 1:
            _serve(control)
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


def _serve(control: socket.socket) -> NoReturn:
    privileges.die_with_parent()
    control.settimeout(REAP_SECONDS)
    while True:
        _reap()
        try:
            said, descriptors, _, _ = socket.recv_fds(control, len(REQUEST), 3)
        except TimeoutError:
            continue
        if said != REQUEST or len(descriptors) != 3:
            os._exit(0)
        _fork(control, *descriptors)


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue


def _fork(control: socket.socket, connection: int, output: int, status: int) -> None:
    child = os.fork()
    if child == 0:
        try:
            control.close()
            _become_supervisor(connection, output, status)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    handle = os.pidfd_open(child)
    for descriptor in (connection, output, status):
        os.close(descriptor)
    control.settimeout(None)
    socket.send_fds(control, [child.to_bytes(ANSWER_BYTES, "little")], [handle])
    control.settimeout(REAP_SECONDS)
    os.close(handle)


def _become_supervisor(connection: int, output: int, status: int) -> NoReturn:
    """Take the descriptors where a worker that was started cold has them, and go the same way from there."""
    os.setsid()
    high = [os.dup(descriptor) for descriptor in (connection, output, status)]
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
