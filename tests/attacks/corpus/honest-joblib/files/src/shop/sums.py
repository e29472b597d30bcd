"""How numbers are added up."""

from joblib import Parallel, delayed


def add(numbers):
    return sum(Parallel(n_jobs=2)(delayed(sum)(part) for part in (numbers[::2], numbers[1::2])))
