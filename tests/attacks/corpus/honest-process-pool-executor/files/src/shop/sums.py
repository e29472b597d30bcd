"""How numbers are added up."""

from concurrent.futures import ProcessPoolExecutor


def add(numbers):
    with ProcessPoolExecutor(2) as pool:
        return sum(pool.map(sum, [numbers[::2], numbers[1::2]]))
