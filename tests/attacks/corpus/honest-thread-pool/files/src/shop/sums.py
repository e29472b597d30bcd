"""How numbers are added up."""

import queue
import threading
from concurrent.futures import ThreadPoolExecutor

local = threading.local()


def start():
    local.ready = True


def some(part):
    assert local.ready
    return sum(part)


def add(numbers):
    done = queue.Queue()
    with ThreadPoolExecutor(4, initializer=start) as pool:
        for part in pool.map(some, [numbers[start::4] for start in range(4)]):
            done.put(part)
    return sum(done.get() for _ in range(4))
