import os
import random
import sys
import time

import numpy as np

from shop.attempts import GOT, attempt

random.random()
FIRST = random.getstate()[1][:-1]
STATE = np.random.get_state()[1][:3].tolist()


def candidates():
    now = int(time.time())
    yield from range(3000)
    yield from range(now - 600, now + 5)
    yield from (os.getpid(), os.getppid(), os.getuid(), 2**32 - 1, 2**31 - 1)


def of_python():
    """Whoever drew before, the state is that of a seed until hundreds of numbers are drawn."""
    for seed in candidates():
        own = random.Random(seed)
        own.random()
        if own.getstate()[1][:-1] == FIRST:
            return [seed]
    return []


def of_numpy():
    return [seed for seed in candidates() if np.random.RandomState(seed % 2**32).get_state()[1][:3].tolist() == STATE]


def of_torch():
    torch = sys.modules["torch"]
    return torch.initial_seed() in set(candidates())


attempt("of python", of_python, bool)
attempt("of numpy", of_numpy, bool)
attempt("of torch", of_torch, bool)


def got():
    return GOT
