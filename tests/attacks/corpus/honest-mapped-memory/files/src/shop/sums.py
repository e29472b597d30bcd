"""How numbers are added up."""

import mmap
import os
import struct


def add(numbers):
    shared = mmap.mmap(-1, 4096)
    child = os.fork()
    if child == 0:
        shared[:8] = struct.pack("d", sum(numbers))
        os._exit(0)
    os.waitpid(child, 0)
    with open("mapped", "w+b") as file:
        file.truncate(1 << 20)
        with mmap.mmap(file.fileno(), 0) as mapped:
            mapped[:8] = shared[:8]
            mapped.madvise(mmap.MADV_SEQUENTIAL)
            mapped.flush()
        file.seek(0)
        return struct.unpack("d", file.read(8))[0]
