"""Views of its own for a worker: processes, network, inter-process memory and host name (Linux)."""

import os
from collections.abc import Collection
from pathlib import Path

from pushmark_graders.worker.kernel import (
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    Kernel,
)
from pushmark_graders.worker.layers import Layer

_FLAGS: dict[Layer, int] = {
    "pid namespace": CLONE_NEWPID,
    "network namespace": CLONE_NEWNET,
    "ipc namespace": CLONE_NEWIPC,
    "uts namespace": CLONE_NEWUTS,
}
_HOST_NAME = b"worker"


def enter(wanted: Collection[Layer]) -> bool:
    """Leave the host's views, except that of the file system; the process namespace begins with the next child.

    Returns True when that took a user namespace (started by an ordinary user), False for root. Raises
    OSError where the platform forbids it.
    """
    flags = sum(flag for layer, flag in _FLAGS.items() if layer in wanted)
    if not flags and "mount namespace" not in wanted:
        return False
    kernel = Kernel()
    uid, gid = os.getuid(), os.getgid()
    if uid != 0:
        kernel.call("unshare", flags | CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    elif flags:
        kernel.call("unshare", flags)
    if flags & CLONE_NEWUTS:
        kernel.call("sethostname", _HOST_NAME, len(_HOST_NAME))
    return uid != 0


def leave_file_system() -> None:
    """Have a view of the mounts of its own. Raises OSError where the platform forbids it."""
    Kernel().call("unshare", CLONE_NEWNS)
