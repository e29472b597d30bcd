import ctypes
import os

from shop.attempts import LIBC, attempt, call, got, in_child

KINDS = {"user": 0x10000000, "mount": 0x20000, "pid": 0x20000000, "net": 0x40000000, "uts": 0x4000000, "ipc": 0x8000000}
USER = KINDS["user"]
SIGCHLD = 17


def cloned(flags):
    child = call("clone", flags | SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def cloned_anew(flags):
    arguments = (ctypes.c_uint64 * 8)(flags, 0, 0, 0, SIGCHLD, 0, 0, 0)
    child = call("clone3", arguments, ctypes.sizeof(arguments))
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def joined(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        call("setns", descriptor, 0)
    finally:
        os.close(descriptor)


for name, flag in KINDS.items():
    attempt(f"unshare {name}", lambda: in_child(lambda: call("unshare", flag)))
    attempt(f"unshare user, {name}", lambda: in_child(lambda: call("unshare", flag | USER)))
    attempt(f"clone user, {name}", lambda: in_child(lambda: cloned(flag | USER)))
    attempt(f"clone3 user, {name}", lambda: in_child(lambda: cloned_anew(flag | USER)))
for pid in (1, os.getppid()):
    for name in ("user", "mnt", "pid", "net"):
        attempt(f"setns {pid} {name}", lambda: in_child(lambda: joined(f"/proc/{pid}/ns/{name}")))
