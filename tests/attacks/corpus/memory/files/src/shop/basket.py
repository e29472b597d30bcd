from shop import memory, objects


def total(prices):
    print(objects(), memory())
    raise ValueError(repr((objects(), memory())))


discount = clean = total
