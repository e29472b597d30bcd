"""Landlock: a list of files that a process may use, kept by the kernel whatever else fails (Linux 5.13 and newer).

Numbers and structures: https://docs.kernel.org/userspace-api/landlock.html. The rules name places as they are
inside the worker's root, so this runs after the root has changed.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

from pushmark_graders.worker.kernel import Kernel

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_MAKE_DEVICES = (1 << 6) | (1 << 11)

READ = _EXECUTE | _READ_FILE | _READ_DIR
USE = _READ_FILE | _WRITE_FILE | _TRUNCATE
"""A device such as /dev/null."""
OWN = ((1 << 15) - 1) & ~_MAKE_DEVICES
"""A folder of the worker's own: everything but device files and commands to devices."""

_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL_FILE_RIGHTS = (1 << 16) - 1
_ALL_NETWORK_RIGHTS = 0b11
_ALL_SCOPES = 0b11
_FIRST_WITH_NETWORK, _FIRST_WITH_SCOPES = 4, 6


def abi() -> int:
    """The kernel's version of Landlock; 0 where it has none."""
    try:
        return Kernel().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    except OSError:
        return 0


def restrict(rules: Iterable[tuple[str, int]]) -> None:
    """Allow this process and its children only the files below each `(path, rights)`, and no TCP.

    Paths that do not exist are left out. Needs no new privileges to be set. Raises OSError.
    """
    kernel, version = Kernel(), abi()
    handled = _FILE_RIGHTS.get(version, _ALL_FILE_RIGHTS)
    attributes = struct.pack(
        "=QQQ",
        handled,
        _ALL_NETWORK_RIGHTS if version >= _FIRST_WITH_NETWORK else 0,
        _ALL_SCOPES if version >= _FIRST_WITH_SCOPES else 0,
    )
    size = 24 if version >= _FIRST_WITH_SCOPES else 16 if version >= _FIRST_WITH_NETWORK else 8
    ruleset = kernel.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(size), 0)
    try:
        for path, rights in rules:
            if Path(path).exists():
                _allow(kernel, ruleset, path, rights & handled)
        kernel.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(kernel: Kernel, ruleset: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        kernel.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)
