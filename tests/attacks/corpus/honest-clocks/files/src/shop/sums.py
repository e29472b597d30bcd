"""How numbers are added up."""

import time


def add(numbers):
    started = time.monotonic()
    time.sleep(0.3)
    assert 0.25 < time.monotonic() - started < 5
    clocks = (time.CLOCK_REALTIME, time.CLOCK_MONOTONIC, time.CLOCK_PROCESS_CPUTIME_ID, time.CLOCK_THREAD_CPUTIME_ID)
    assert all(time.clock_gettime(clock) > 0 for clock in clocks)
    assert time.process_time() > 0 and time.perf_counter_ns() > 0 and time.time() > 1.6e9 and time.localtime()
    return sum(numbers)
