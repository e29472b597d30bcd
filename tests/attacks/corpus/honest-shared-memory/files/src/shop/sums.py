"""How numbers are added up."""

from multiprocessing import Process, Value, shared_memory

import numpy as np


def some(name, length, total):
    block = shared_memory.SharedMemory(name)
    total.value = float(np.ndarray(length, buffer=block.buf).sum())
    block.close()


def add(numbers):
    block = shared_memory.SharedMemory(create=True, size=8 * len(numbers))
    total = Value("d", 0.0)
    try:
        np.ndarray(len(numbers), buffer=block.buf)[:] = numbers
        process = Process(target=some, args=(block.name, len(numbers), total))
        process.start()
        process.join()
    finally:
        block.close()
        block.unlink()
    return total.value
