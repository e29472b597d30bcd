import ctypes
import itertools
import os
import signal
import time

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG, PR_SET_NAME, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 1, 15, 4, 36


def session():
    os.setsid()


def group():
    os.setpgid(0, 0)


def closed():
    os.closerange(0, 64)


def deaf():
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))


def twice():
    if os.fork():
        os._exit(0)


def renamed():
    LIBC.prctl(PR_SET_NAME, b"kworker/0:1", 0, 0, 0)
    for option, value in ((PR_SET_PDEATHSIG, 0), (PR_SET_DUMPABLE, 0), (PR_SET_CHILD_SUBREAPER, 1)):
        LIBC.prctl(option, value, 0, 0, 0)


def work(until):
    while time.monotonic() < until:
        for place in (".", "/tmp", "/dev/shm", "/var/tmp"):
            try:
                with open(os.path.join(place, "pm-attack-daemon"), "a") as file:
                    file.write("alive")
            except OSError:
                continue
        time.sleep(0.2)
    os._exit(0)


STEPS = (session, group, closed, deaf, twice, renamed)
CHOSEN = [steps for size in (1, 3, 6) for steps in itertools.combinations(STEPS, size)]
for steps in CHOSEN[:20]:
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        for step in steps:
            try:
                step()
            except OSError:
                continue
        work(time.monotonic() + 20)
