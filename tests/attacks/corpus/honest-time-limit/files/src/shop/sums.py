"""How numbers are added up."""

import signal
import time


class TooSlow(Exception):
    pass


def ring(number, frame):
    raise TooSlow


def add(numbers):
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        time.sleep(5)
    except TooSlow:
        return sum(numbers)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
