import ctypes
import os
import re

from shop.attempts import GOT, attempt

MARK = re.compile(rb"C[A]NARY-[A-Z]+-[0-9a-f]{16}")
PIECE = 1 << 22


def regions():
    with open("/proc/self/maps") as maps:
        for line in maps:
            place, rights, *_ = line.split()
            start, end = (int(part, 16) for part in place.split("-"))
            if rights.startswith("r") and "[v" not in line:
                yield start, end


def by_file():
    with open("/proc/self/mem", "rb", 0) as memory:
        for start, end in regions():
            for at in range(start, end, PIECE):
                try:
                    memory.seek(at)
                    yield memory.read(min(PIECE + 64, end - at))
                except (OSError, ValueError, OverflowError):
                    break


def by_address():
    """A pipe takes bytes from any address, and refuses those that are not there."""
    reader, writer = os.pipe()
    libc = ctypes.CDLL(None, use_errno=True)
    for start, end in regions():
        for at in range(start, end, 4096):
            if libc.write(writer, ctypes.c_void_p(at), ctypes.c_size_t(4096)) != 4096:
                break
            yield os.read(reader, 4096)


def by_allocation():
    """Memory that was freed comes back to whoever asks for as much of it, and is not always cleared."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    for size in [1 << power for power in range(5, 18)]:
        for _ in range(200):
            yield ctypes.string_at(libc.malloc(ctypes.c_size_t(size)), size)


def marks(pieces):
    found = set()
    for piece in pieces:
        found.update(MARK.findall(piece))
    return found


for search in (by_file, by_allocation, by_address):
    attempt(search.__name__, lambda: marks(search()), bool)


def got():
    return GOT
