import os
import signal
from contextlib import suppress

SIGNALS = (signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM, signal.SIGCHLD)


def parents():
    """Its parents up to the process that they were forked from, which has the same arguments, that one first."""
    pid, found = os.getpid(), []
    with suppress(OSError):
        while pid > 1:
            with open(f"/proc/{pid}/stat") as file:
                pid = int(file.read().rpartition(")")[2].split()[1])
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if b"forkserver" not in file.read():
                    break
            found.append(pid)
    return [*reversed(found), os.getppid()]


def numbers():
    """In a process namespace of one's own all numbers are worth a try; outside it that would be for others to suffer."""
    return range(1, 1 << 16) if os.getpid() < 100 else ()


for pid in dict.fromkeys([*parents(), *numbers()]):
    if pid in (0, os.getpid()):
        continue
    for number in SIGNALS[:2] if pid > 100 else SIGNALS:
        with suppress(OSError):
            os.kill(pid, number)
        if pid < 100:
            with suppress(OSError):
                os.killpg(pid, number)
