"""How numbers are added up."""

import os
import sys


def add(numbers):
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", "pass"], os.environ)
    assert os.waitpid(child, 0)[1] == 0
    assert os.system("exit 3") == 3 << 8
    with os.popen("cat /proc/self/comm") as stream:
        assert stream.read().strip() == "cat"
    return sum(numbers)
