"""How numbers are added up."""

import os
import random
import struct

import numpy as np


def drawn_by_a_child():
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        random.seed()
        os.write(theirs, struct.pack("d", random.random()))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    value = struct.unpack("d", os.read(ours, 8))[0]
    os.close(ours)
    os.close(theirs)
    return value


def add(numbers):
    drawn = [random.random(), random.random(), drawn_by_a_child(), drawn_by_a_child()]
    assert len({*drawn}) == 4
    assert 0.3 < sum(random.random() for _ in range(1000)) / 1000 < 0.7
    assert 0.3 < np.random.random(1000).mean() < 0.7
    assert np.random.default_rng().random() != np.random.default_rng().random()
    order = np.random.permutation(len(numbers))
    mixed = random.sample([numbers[place] for place in order], len(numbers))
    return sum(mixed)
