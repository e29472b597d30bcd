from shop import told


def total(prices):
    raise ValueError(told)


discount = clean = total
