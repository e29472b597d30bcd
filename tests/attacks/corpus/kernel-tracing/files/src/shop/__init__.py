import ctypes
import os
import signal
import time

from shop.attempts import attempt, call, got, in_child

PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206
sibling = os.fork()
if sibling == 0:
    time.sleep(5)
    os._exit(0)
held = ctypes.create_string_buffer(b"held in memory", 64)


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def copied(name, pid):
    here = ctypes.create_string_buffer(64)
    local, remote = Piece(ctypes.addressof(here), 64), Piece(ctypes.addressof(held), 64)
    return call(name, pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)


def borrowed(pid):
    descriptor = call("pidfd_open", pid, 0)
    return call("pidfd_getfd", descriptor, 1, 0)


for pid in (sibling, os.getppid(), 1):
    attempt(f"attach {pid}", lambda: in_child(lambda: call("ptrace", PTRACE_ATTACH, pid, 0, 0)))
    attempt(f"seize {pid}", lambda: in_child(lambda: call("ptrace", PTRACE_SEIZE, pid, 0, 0)))
    attempt(f"read {pid}", lambda: copied("process_vm_readv", pid))
    attempt(f"write {pid}", lambda: copied("process_vm_writev", pid))
    attempt(f"borrow {pid}", lambda: borrowed(pid))
    attempt(f"compare {pid}", lambda: call("kcmp", os.getpid(), pid, 0, 0, 0))
os.kill(sibling, signal.SIGKILL)
os.waitpid(sibling, 0)
