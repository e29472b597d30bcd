"""How numbers are added up."""

import os
import struct


def add(numbers):
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(theirs, struct.pack("d", sum(numbers)))
        os._exit(0)
    total = struct.unpack("d", os.read(ours, 8))[0]
    assert os.waitpid(child, 0)[1] == 0
    os.close(ours)
    os.close(theirs)
    return total
