"""How numbers are added up."""

import sys
import threading


def deep(level):
    return 0 if level == 0 else 1 + deep(level - 1)


def add(numbers):
    try:
        deep(10**6)
    except RecursionError:
        pass
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(60_000)
    before_stack = threading.stack_size(256 << 20)
    found = []
    thread = threading.Thread(target=lambda: found.append(deep(50_000)))
    thread.start()
    thread.join()
    threading.stack_size(before_stack)
    sys.setrecursionlimit(before)
    assert found == [50_000]
    return sum(numbers)
