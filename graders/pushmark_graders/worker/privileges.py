"""What a worker gives up for good: user id, groups, capabilities, descriptors, and more than its share.

Linux, but for `limit_resources`.
"""

import ctypes
import os
import resource
import sys

from pushmark_graders.worker.kernel import (
    CAPABILITY_VERSION_3,
    PR_CAPBSET_DROP,
    PR_SET_CHILD_SUBREAPER,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    SIGKILL,
    Kernel,
)


def die_with_parent(number: int = SIGKILL) -> None:
    """Receive the signal `number` when the parent ends. A change of user id takes this back: call it afterwards."""
    Kernel().prctl(PR_SET_PDEATHSIG, number)


def adopt_orphans() -> None:
    """Make this process the parent of every orphaned descendant, so that none escapes the final kill."""
    Kernel().prctl(PR_SET_CHILD_SUBREAPER, 1)


def become(uid: int) -> None:
    """Take the user id `uid` and no group, for good. Needs root."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def shrink_bounding_set() -> None:
    """Let no program that this process starts ever have a capability. Needs the capability to do so: call it first."""
    kernel = Kernel()
    for capability in range(64):
        try:
            kernel.prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break


def drop_capabilities() -> None:
    """Empty the effective, permitted and inheritable sets."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    Kernel().call("capset", header, (ctypes.c_uint32 * 6)())


def forbid_new_privileges() -> None:
    """Let nothing be gained by exec: set-user-ID programs and file capabilities have no effect any more."""
    Kernel().prctl(PR_SET_NO_NEW_PRIVS, 1)


def limit_resources(*, memory_mb: int, file_mb: int, open_files: int, processes: int | None) -> None:
    """Bounds that children inherit. `processes` counts per user id, so it is None on a shared account.

    Other systems than Linux lack some of them, or refuse a value; they get the rest.
    """
    wanted = {
        "RLIMIT_AS": memory_mb << 20,
        "RLIMIT_FSIZE": file_mb << 20,
        "RLIMIT_NOFILE": open_files,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    if processes is not None:
        wanted["RLIMIT_NPROC"] = processes
    for name, most in wanted.items():
        try:
            _bound(getattr(resource, name), most)
        except (AttributeError, OSError, ValueError):
            if sys.platform == "linux":
                raise


def _bound(which: int, most: int) -> None:
    hard = resource.getrlimit(which)[1]
    bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (bound, bound))


def close_all_but(keep: set[int]) -> None:
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor > 2 and descriptor not in keep:
            try:
                os.close(descriptor)
            except OSError:
                continue  # the listing's own descriptor is already gone
