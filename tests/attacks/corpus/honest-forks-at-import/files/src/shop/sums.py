"""How numbers are added up, by a helper that is there from the beginning."""

import atexit
import multiprocessing
import os
import pickle
import socket

OURS, THEIRS = socket.socketpair()
HELPER = os.fork()
if HELPER == 0:
    OURS.close()
    with THEIRS, THEIRS.makefile("rwb") as line:
        while True:
            try:
                numbers = pickle.load(line)
            except EOFError:
                os._exit(0)
            pickle.dump(sum(numbers), line)
            line.flush()
THEIRS.close()
LINE = OURS.makefile("rwb")
KEPT = []


def end():
    for pool in KEPT:
        pool.terminate()
        pool.join()
    LINE.close()
    OURS.close()
    os.waitpid(HELPER, 0)


atexit.register(end)


def add(numbers):
    if not KEPT:
        KEPT.append(multiprocessing.get_context("fork").Pool(2))
    pickle.dump(numbers, LINE)
    LINE.flush()
    total = pickle.load(LINE)
    assert sum(KEPT[0].map(float, numbers)) == total
    return total
