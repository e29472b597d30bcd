import ctypes
import os
import platform

LIBC = ctypes.CDLL(None, use_errno=True)


def call(flags):
    """A raw `clone` that copies the memory, as `fork` does."""
    number = 56 if platform.machine() == "x86_64" else 220
    child = LIBC.syscall(ctypes.c_long(number), ctypes.c_long(flags), None, None, None, None)
    if child < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return child
