"""Seccomp: system calls that no submission needs do not exist for it (Linux).

The grader has libseccomp compile the list into a program once; a worker only loads it, as its last step
before learner code. What is refused is what leaves the sandbox (namespaces, mounts, other processes'
memory), what the kernel's own holes were found in (bpf, io_uring, userfaultfd, keyrings), what stays
behind or goes uncounted (System V memory, memory files), and every socket but those between processes.
"""

import ctypes
import ctypes.util
import errno
import os
import tempfile
from collections.abc import Iterator
from functools import lru_cache

from pushmark_graders.worker.kernel import PR_SET_SECCOMP, SECCOMP_MODE_FILTER, Kernel

NOT_PERMITTED = (
    # other processes
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "kcmp", "pidfd_getfd",
    # another root, other mounts, other namespaces
    "unshare", "setns", "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree",
    "open_tree_attr", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "statmount", "listmount",
    "name_to_handle_at", "open_by_handle_at", "fanotify_init", "fanotify_mark", "quotactl", "quotactl_fd",
    # the kernel itself and the machine's state
    "bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "kexec_load", "kexec_file_load",
    "init_module", "finit_module", "delete_module", "create_module", "syslog", "acct", "swapon", "swapoff", "reboot",
    "sethostname", "setdomainname", "settimeofday", "clock_settime", "clock_settime64", "clock_adjtime",
    "clock_adjtime64", "adjtimex", "stime", "iopl", "ioperm", "modify_ldt", "personality", "vhangup", "lookup_dcookie",
    "nfsservctl", "uselib", "_sysctl", "sysfs", "ustat", "migrate_pages", "move_pages", "mbind", "set_mempolicy",
    "set_mempolicy_home_node", "seccomp", "lsm_set_self_attr", "cachestat",
)  # fmt: skip
"""Refused with EPERM."""

NOT_THERE = (
    # without clone3, clone's flags can be judged; the C library then uses clone
    "clone3",
    # memory that belongs to no process and that no limit of a process counts
    "memfd_create", "memfd_secret", "shmget", "shmat", "shmctl", "shmdt", "semget", "semop", "semtimedop", "semctl",
    "msgget", "msgsnd", "msgrcv", "msgctl", "ipc", "mq_open", "mq_unlink",
    # calls that are made past every filter
    "io_uring_setup", "io_uring_enter", "io_uring_register",
)  # fmt: skip
"""Refused with ENOSYS, so that libraries take their other way."""

NEWER = {"cachestat": 451, "statmount": 457, "listmount": 458, "lsm_set_self_attr": 460, "open_tree_attr": 467}
"""Numbers that older releases of libseccomp do not know; from 424 on they are the same on every architecture."""

_CLONE_THREAD = 0x00010000
_NEW_NAMESPACES = (0x00000080, 0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
_PUSH_INPUT = (0x5412, 0x541C)
_AF_UNIX = 1
_SOL_SOCKET = 1
_BUFFER_SIZES = (7, 8, 32, 33)
_RWF_NOWAIT = 8
_LOW_HALF = 0xFFFF_FFFF

_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_BAD_ARCHITECTURE, _OPTIMIZE, _BINARY_TREE = 2, 8, 2
_NOT_EQUAL, _MASKED_EQUAL = 1, 7
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


class _Comparison(ctypes.Structure):
    _fields_ = [
        ("argument", ctypes.c_uint),
        ("operation", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    ]


class Unavailable(Exception):
    """There is no libseccomp, or it cannot make this program."""


@lru_cache(maxsize=8)
def program(architecture: str = "", *, alone: bool = False) -> bytes:
    """The filter as BPF instructions of 8 bytes, for this machine or for `x86_64` or `aarch64`.

    `alone` refuses new processes too, and leaves threads: what one process takes can be read from outside, what
    children take that nobody waits for cannot. A call from another architecture, x32 included, ends the
    process. Raises Unavailable.
    """
    library = _library()
    context = library.seccomp_init(ctypes.c_uint32(_ALLOW))
    if not context:
        raise Unavailable("libseccomp made no filter")
    try:
        _choose_architecture(library, context, architecture)
        _check(library.seccomp_attr_set(context, _BAD_ARCHITECTURE, ctypes.c_uint32(_KILL_PROCESS)), "attribute")
        library.seccomp_attr_set(context, _OPTIMIZE, ctypes.c_uint32(_BINARY_TREE))  # faster; not in every release
        for name, code, comparison in (*_rules(), *(_no_processes() if alone else ())):
            _refuse(library, context, name, code, comparison)
        with tempfile.TemporaryFile() as file:
            _check(library.seccomp_export_bpf(context, file.fileno()), "export")
            return os.pread(file.fileno(), 1 << 20, 0)
    finally:
        library.seccomp_release(context)


def _rules() -> Iterator[tuple[str, int, _Comparison | None]]:
    for name in NOT_PERMITTED:
        yield name, errno.EPERM, None
    for name in NOT_THERE:
        yield name, errno.ENOSYS, None
    for flag in _NEW_NAMESPACES:
        yield "clone", errno.EPERM, _Comparison(0, _MASKED_EQUAL, flag, flag)
    for command in _PUSH_INPUT:
        yield "ioctl", errno.EPERM, _Comparison(1, _MASKED_EQUAL, _LOW_HALF, command)
    for option in _BUFFER_SIZES:
        yield "setsockopt", errno.EPERM, _Comparison(2, _MASKED_EQUAL, _LOW_HALF, option)
    yield "socket", errno.EAFNOSUPPORT, _Comparison(0, _NOT_EQUAL, _AF_UNIX, 0)
    yield "preadv2", errno.EOPNOTSUPP, _Comparison(5, _MASKED_EQUAL, _RWF_NOWAIT, _RWF_NOWAIT)


def _no_processes() -> Iterator[tuple[str, int, _Comparison | None]]:
    yield "fork", errno.EPERM, None
    yield "vfork", errno.EPERM, None
    yield "clone", errno.EPERM, _Comparison(0, _MASKED_EQUAL, _CLONE_THREAD, 0)


def _refuse(library: ctypes.CDLL, context: int, name: str, code: int, comparison: _Comparison | None) -> None:
    known = library.seccomp_syscall_resolve_name(name.encode())
    number = known if known >= 0 else NEWER.get(name, known)
    if number < 0:
        return  # this machine has no such call
    count, array = (0, None) if comparison is None else (1, ctypes.byref(comparison))
    result = library.seccomp_rule_add_array(context, ctypes.c_uint32(_ERRNO | code), number, count, array)
    if known >= 0:  # it refuses to translate numbers that it does not know for another machine
        _check(result, name)


def _choose_architecture(library: ctypes.CDLL, context: int, architecture: str) -> None:
    if architecture:
        token = ctypes.c_uint32(ARCHITECTURES[architecture])
        if library.seccomp_arch_exist(context, token) != 0:
            _check(library.seccomp_arch_add(context, token), architecture)
            _check(library.seccomp_arch_remove(context, ctypes.c_uint32(library.seccomp_arch_native())), "native")


def _check(result: int, what: str) -> None:
    if result < 0:
        raise Unavailable(f"libseccomp: {what}: {os.strerror(-result)}")


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    except OSError as error:
        raise Unavailable(str(error)) from None
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_arch_native.restype = ctypes.c_uint32
    pointer = ctypes.c_void_p
    library.seccomp_release.argtypes = [pointer]
    library.seccomp_attr_set.argtypes = [pointer, ctypes.c_int, ctypes.c_uint32]
    library.seccomp_arch_exist.argtypes = [pointer, ctypes.c_uint32]
    library.seccomp_arch_add.argtypes = [pointer, ctypes.c_uint32]
    library.seccomp_arch_remove.argtypes = [pointer, ctypes.c_uint32]
    library.seccomp_export_bpf.argtypes = [pointer, ctypes.c_int]
    library.seccomp_rule_add_array.argtypes = [pointer, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, pointer]
    return library


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def install(instructions: bytes) -> None:
    """Filter the system calls of this process and its children from now on. Raises OSError."""
    loaded = _Program(len(instructions) // 8, instructions)
    Kernel().prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(loaded))
