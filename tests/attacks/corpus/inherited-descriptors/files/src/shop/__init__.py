import fcntl
import os
import stat

from shop.attempts import attempt, got

OPEN = [int(name) for name in os.listdir("/proc/self/fd")]


def reads(descriptor):
    os.set_blocking(descriptor, False)
    return os.read(descriptor, 100)


attempt("more than four", lambda: [number for number in OPEN if number > 3 and os.path.exists(f"/proc/self/fd/{number}")], bool)
for number in OPEN[:40]:
    if number == 3 or not os.path.exists(f"/proc/self/fd/{number}"):
        continue
    attempt(f"read {number}", lambda: reads(number), bool)
    attempt(f"folder {number}", lambda: stat.S_ISDIR(os.fstat(number).st_mode), bool)
    attempt(f"file {number}", lambda: stat.S_ISREG(os.fstat(number).st_mode), bool)
    attempt(f"reopen {number}", lambda: reads(os.open(f"/proc/self/fd/{number}", os.O_RDONLY | os.O_NONBLOCK)), bool)
