"""How numbers are added up."""

import numpy as np
from joblib import Memory, Parallel, delayed, dump, load

memory = Memory("cache", verbose=0)


@memory.cache
def slowly(numbers):
    return sum(numbers)


def add(numbers):
    dump(np.array(numbers), "numbers.joblib")
    mapped = load("numbers.joblib", mmap_mode="r")
    again = Parallel(n_jobs=2, prefer="threads")(delayed(float)(number) for number in mapped)
    assert slowly(numbers) == slowly(numbers) == sum(again)
    return slowly(numbers)
