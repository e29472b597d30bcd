import itertools


def total(prices):
    deep = []
    for _ in range(5000):
        deep = [deep]
    return deep


def discount(price, share):
    return 10**4299


def clean(name):
    return chr(0xD800) + name
