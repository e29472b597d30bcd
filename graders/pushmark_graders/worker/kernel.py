"""The system calls that confine a process, with errno turned into OSError (Linux).

They are called directly because another program between fork and exec would cost more than all of them
together; see docs/explanation/sandbox-cost.md.
"""

import ctypes
import os

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT = 0x1, 0x2, 0x4, 0x20
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
SIGKILL = 9


class Kernel:
    """The C library's thin wrappers."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)

    def call(self, name: str, *arguments: object) -> int:
        """Call the C function `name`. Raises OSError when it returns a negative number."""
        result = getattr(self._libc, name)(*arguments)
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, f"{name}: {os.strerror(number)}")
        return int(result)

    def syscall(self, number: int, *arguments: object) -> int:
        """Make a system call that the C library has no wrapper for."""
        whole = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
        return self.call("syscall", ctypes.c_long(number), *whole)

    def mount(self, source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
        self.call(
            "mount",
            source.encode(),
            target.encode(),
            kind.encode() if kind else None,
            ctypes.c_ulong(flags),
            data.encode() if data else None,
        )

    def prctl(self, option: int, value: int, pointer: object = 0) -> None:
        self.call("prctl", option, ctypes.c_ulong(value), pointer, 0, 0)
