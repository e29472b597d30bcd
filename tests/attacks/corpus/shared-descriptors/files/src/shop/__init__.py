import fcntl
import os
import signal
import socket

from shop.attempts import GOT, attempt

OPEN = [number for number in range(1024) if os.path.exists(f"/proc/self/fd/{number}")]


def moves(number):
    """Whether it has a place in a file, which all who share it would read from."""
    os.lseek(number, 1, os.SEEK_SET)
    return os.lseek(number, 0, os.SEEK_CUR) == 1 and os.readlink(f"/proc/self/fd/{number}")


def harmful(where):
    return where and where != "/dev/null"


for number in OPEN:
    attempt(f"more than one's own {number}", lambda: number, lambda value: value > 3 and os.path.exists(f"/proc/self/fd/{value}"))
    attempt(f"moves {number}", lambda: moves(number), harmful)
    attempt(f"locks {number}", lambda: fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB), lambda _: False)
    attempt(f"narrows {number}", lambda: fcntl.fcntl(number, 1031, 4096), lambda _: False)
    attempt(f"takes signals of {number}", lambda: fcntl.fcntl(number, fcntl.F_SETOWN, os.getppid()), lambda _: False)
    if number != 3:
        attempt(f"does not block {number}", lambda: os.set_blocking(number, False), lambda _: False)
        attempt(f"asks for signals {number}", lambda: fcntl.fcntl(number, fcntl.F_SETFL, os.O_ASYNC | os.O_APPEND), lambda _: False)
try:
    with socket.socket(fileno=os.dup(3)) as line:
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            line.setsockopt(socket.SOL_SOCKET, option, 1)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
except OSError:
    pass
signal.signal(signal.SIGIO, signal.SIG_IGN)


def got():
    return GOT
