"""How numbers are added up."""

import os
import random
import secrets
import uuid

import numpy as np


def add(numbers):
    random.seed(7)
    first = random.random()
    random.seed(7)
    assert random.random() == first
    assert np.random.default_rng(7).random() == np.random.default_rng(7).random()
    np.random.seed(7)
    assert len({os.urandom(8), os.getrandom(8), secrets.token_bytes(8), uuid.uuid4().bytes, uuid.uuid1().bytes}) == 5
    with open("/dev/urandom", "rb") as file:
        assert len(file.read(16)) == 16
    shuffled = list(numbers)
    random.shuffle(shuffled)
    return sum(shuffled)
