"""How numbers are added up."""

import fcntl
import multiprocessing
import os
import threading


def add(numbers):
    with multiprocessing.Semaphore(), open("lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if not os.path.exists("pipe"):
        os.mkfifo("pipe")
    thread = threading.Thread(target=lambda: open("pipe", "w").write("through the pipe"))
    thread.start()
    with open("pipe") as pipe:
        assert pipe.read() == "through the pipe"
    thread.join()
    return sum(numbers)
