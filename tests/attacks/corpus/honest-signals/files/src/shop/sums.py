"""How numbers are added up."""

import os
import signal
import time


def add(numbers):
    came = []
    for number in (signal.SIGUSR1, signal.SIGALRM, signal.SIGTERM):
        signal.signal(number, lambda number, frame: came.append(number))
    os.kill(os.getpid(), signal.SIGUSR1)
    os.kill(os.getpid(), signal.SIGTERM)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    until = time.monotonic() + 5
    while len(came) < 3 and time.monotonic() < until:
        time.sleep(0.001)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    assert sorted(came) == [signal.SIGUSR1, signal.SIGALRM, signal.SIGTERM], came
    return sum(numbers)
