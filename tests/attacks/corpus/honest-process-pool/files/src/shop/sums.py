"""How numbers are added up."""

import multiprocessing


def add(numbers):
    parts = [numbers[::2], numbers[1::2]]
    with multiprocessing.Pool(2) as pool:
        total = sum(pool.map(sum, parts))
        assert sum(pool.imap_unordered(sum, parts)) == total
    return total
