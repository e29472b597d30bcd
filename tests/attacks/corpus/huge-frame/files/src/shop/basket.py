def total(prices):
    return b"x" * (64 << 20)


def discount(price, share):
    return [None] * 2_000_000


def clean(name):
    return -1
