"""How numbers are added up."""

import os
import sys


def add(numbers):
    for step in range(2000):
        print(step, "y" * 1000)
        print(step, "z" * 1000, file=sys.stderr)
    os.write(1, b"straight to the descriptor\n")
    return sum(numbers)
