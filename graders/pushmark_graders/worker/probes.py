"""What the self-test tries from inside a confined worker. True means that it got through.

Each probe belongs to the layer that must stop it; most of them no other layer would stop, so that a layer
which is not really there is found out. They are harmless where they succeed.
"""

import contextlib
import ctypes
import mmap
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from pushmark_graders import frames
from pushmark_graders.worker.layers import Layer

Planted = dict[str, Any]
"""What the grader laid out for the probes: see `selftest`."""

Probe = Callable[[Planted], bool]
PROBES: list[tuple[Layer, str, Probe]] = []

_NUMBERS = {
    "x86_64": {"keyctl": 250, "process_vm_readv": 310, "memfd_create": 319, "shmget": 29, "unshare": 272},
    "aarch64": {"keyctl": 219, "process_vm_readv": 270, "memfd_create": 279, "shmget": 194, "unshare": 97},
}
_NEW_USER_NAMESPACE = 0x10000000
_GET_SESSION_KEYRING = (0, -3, 0)
_MAP_NORESERVE = 0x4000
_X32_GETPID = 0x40000000 | 39


def probe(layer: Layer, about: str) -> Callable[[Probe], Probe]:
    def register(function: Probe) -> Probe:
        PROBES.append((layer, about, function))
        return function

    return register


def serve(descriptor: int, hello: dict[str, Any], planted: Planted) -> NoReturn:
    """Send the hello, then which probes got through, by their place in `PROBES`, and end."""
    with socket.socket(fileno=descriptor) as connection:
        frames.send(connection, hello, frames.Limits(), None)
        frames.send(connection, [_got_through(function, planted) for _, _, function in PROBES], frames.Limits(), None)
    os._exit(0)


def _got_through(function: Probe, planted: Planted) -> bool:
    try:
        return bool(function(planted))
    except (OSError, MemoryError, ValueError):
        return False


def _in_child(function: Callable[[], bool]) -> bool:
    """Try what may end the process, or change it, in a child."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os._exit(0 if function() else 1)
        os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def _call(name: str, *arguments: object) -> int:
    """A system call by number; raises OSError when it is refused."""
    number = _NUMBERS[os.uname().machine][name]
    whole = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result = ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *whole)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return int(result)


@probe("own user id", "has the grader's user id")
def _(planted: Planted) -> bool:
    return planted["uid"] in (os.getuid(), os.geteuid())


@probe("own user id", "is in a group of the grader's")
def _(planted: Planted) -> bool:
    return planted["gid"] in (os.getgid(), os.getegid(), *os.getgroups())


@probe("no capabilities", "holds a capability, or could get one from a program")
def _(planted: Planted) -> bool:
    """An ordinary user may not empty the bounding set; without new privileges nothing in it can be had."""
    names = ("CapInh", "CapPrm", "CapEff", "CapAmb", *(["CapBnd"] if planted["uid"] == 0 else []))
    lines = Path("/proc/self/status").read_text().splitlines()
    return any(int(line.split()[1], 16) for line in lines if line.startswith(names))


@probe("no new privileges", "can gain rights by running a program")
def _(_planted: Planted) -> bool:
    return "NoNewPrivs:\t1" not in Path("/proc/self/status").read_text()


@probe("pid namespace", "sees the grader's process")
def _(planted: Planted) -> bool:
    try:
        os.kill(planted["pid"], 0)
    except PermissionError:
        return True
    return True


@probe("pid namespace", "shares the grader's view of processes")
def _(planted: Planted) -> bool:
    return _same_namespace("pid", planted)


@probe("mount namespace", "sees a file of the grader's")
def _(planted: Planted) -> bool:
    return Path(planted["secret"]).exists()


@probe("mount namespace", "reads a secret that the grader planted")
def _(planted: Planted) -> bool:
    return Path(planted["secret"]).read_text() != ""


@probe("mount namespace", "writes into a folder of the grader's that all may write to")
def _(planted: Planted) -> bool:
    return Path(planted["open_folder"], "written").write_text("x") > 0


@probe("mount namespace", "writes into the runtime")
def _(_planted: Planted) -> bool:
    return Path(sys.prefix, "pushmark-probe").write_text("x") > 0


@probe("network namespace", "shares the grader's network")
def _(planted: Planted) -> bool:
    return _same_namespace("net", planted)


@probe("network namespace", "reaches an abstract socket of the grader's")
def _(planted: Planted) -> bool:
    with socket.socket(socket.AF_UNIX) as out:
        out.connect("\0" + planted["abstract"])
    return True


@probe("network namespace", "reaches a port on the loopback interface")
def _(planted: Planted) -> bool:
    with socket.create_connection(("127.0.0.1", planted["port"]), 1.0):
        return True


@probe("ipc namespace", "shares the grader's memory segments and queues")
def _(planted: Planted) -> bool:
    return _same_namespace("ipc", planted)


@probe("uts namespace", "shares the grader's host name")
def _(planted: Planted) -> bool:
    return _same_namespace("uts", planted)


@probe("folder quota", "writes more than its folder may hold")
def _(planted: Planted) -> bool:
    try:
        for number in range(planted["folder_mb"] + 1):
            Path(f"probe-{number}").write_bytes(bytes(1 << 20))
    finally:
        _remove_probes()
    return True


@probe("folder quota", "makes more files than its folder may hold")
def _(planted: Planted) -> bool:
    try:
        for number in range(planted["folder_files"] + 1):
            Path(f"probe-{number}").touch()
    finally:
        _remove_probes()
    return True


def _remove_probes() -> None:
    for path in Path().glob("probe-*"):
        path.unlink()


@probe("resource limits", "maps more memory than it may")
def _(planted: Planted) -> bool:
    mmap.mmap(-1, (planted["memory_mb"] + 64) << 20, mmap.MAP_PRIVATE | _MAP_NORESERVE).close()
    return True


@probe("resource limits", "makes a file larger than it may")
def _(planted: Planted) -> bool:
    try:
        with Path("probe-large").open("wb") as file:
            file.truncate((planted["file_mb"] + 1) << 20)
    finally:
        _remove_probes()
    return True


@probe("resource limits", "raises the number of its open files")
def _(planted: Planted) -> bool:
    resource.setrlimit(resource.RLIMIT_NOFILE, (planted["open_files"] + 1, planted["open_files"] + 1))
    return True


@probe("resource limits", "leaves a core dump")
def _(_planted: Planted) -> bool:
    return resource.getrlimit(resource.RLIMIT_CORE)[1] != 0


@probe("landlock", "lists a folder that is not on its list")
def _(_planted: Planted) -> bool:
    return bool(os.listdir("/"))


@probe("seccomp", "reads memory the way that works for other processes")
def _(_planted: Planted) -> bool:
    source, target = ctypes.create_string_buffer(b"x", 8), ctypes.create_string_buffer(8)
    ours = (ctypes.c_void_p * 2)(ctypes.addressof(target), 8)
    theirs = (ctypes.c_void_p * 2)(ctypes.addressof(source), 8)
    return _call("process_vm_readv", os.getpid(), ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0) > 0


@probe("seccomp", "uses the kernel's keyrings")
def _(_planted: Planted) -> bool:
    return _call("keyctl", *_GET_SESSION_KEYRING) != 0


@probe("seccomp", "makes a file that is in memory only")
def _(_planted: Planted) -> bool:
    os.close(_call("memfd_create", b"probe", 0))
    return True


@probe("seccomp", "makes shared memory that belongs to no process")
def _(_planted: Planted) -> bool:
    return _call("shmget", 0, 4096, 0o1600) >= 0


@probe("seccomp", "makes a network socket")
def _(_planted: Planted) -> bool:
    socket.socket(socket.AF_INET).close()
    return True


@probe("seccomp", "makes a user namespace")
def _(_planted: Planted) -> bool:
    return _in_child(lambda: _call("unshare", _NEW_USER_NAMESPACE) == 0)


@probe("seccomp", "goes on after a system call of another architecture")
def _(_planted: Planted) -> bool:
    if os.uname().machine != "x86_64":
        return False

    def call() -> bool:
        ctypes.CDLL(None).syscall(ctypes.c_long(_X32_GETPID))
        return True

    signal.signal(signal.SIGSYS, signal.SIG_IGN)
    return _in_child(call)


@probe("closed descriptors", "holds a descriptor of the grader's")
def _(_planted: Planted) -> bool:
    found = {int(name) for name in os.listdir("/proc/self/fd")}
    return any(Path(f"/proc/self/fd/{number}").exists() for number in found if number > 3)


@probe("cgroup limits", "changes its control group")
def _(planted: Planted) -> bool:
    return bool(planted["cgroup"]) and Path(planted["cgroup"], "memory.max").write_text("max") > 0


def _same_namespace(kind: str, planted: Planted) -> bool:
    return bool(Path(f"/proc/self/ns/{kind}").stat().st_ino == planted["namespaces"][kind])
