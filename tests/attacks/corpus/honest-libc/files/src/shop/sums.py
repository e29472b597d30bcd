"""How numbers are added up."""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_double), ctypes.POINTER(ctypes.c_double))


def add(numbers):
    assert libc.getpid() == os.getpid()
    assert libc.open(b"/no/such/file", 0) == -1 and ctypes.get_errno() == 2
    values = (ctypes.c_double * len(numbers))(*numbers)
    compare = COMPARE(lambda one, two: (one[0] > two[0]) - (one[0] < two[0]))
    libc.qsort(values, len(numbers), ctypes.sizeof(ctypes.c_double), compare)
    assert list(values) == sorted(numbers)
    return sum(values)
