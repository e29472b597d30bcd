"""How numbers are added up."""

import os


def add(numbers):
    assert os.cpu_count() >= 1
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(mine)})
    os.sched_setaffinity(0, mine)
    os.nice(1)
    os.getloadavg()
    os.sched_yield()
    return sum(numbers)
