"""How numbers are added up."""

import sys


def add(numbers):
    for step in range(200):
        sys.stdout.write(f"\r\x1b[32m{'#' * (step // 10):20}\x1b[0m {step} of 200")
    print()
    for number in numbers:
        print(f"{number:>10.2f} | {'x' * 60}")
    print("::warning::only a text", file=sys.stderr)
    return sum(numbers)
