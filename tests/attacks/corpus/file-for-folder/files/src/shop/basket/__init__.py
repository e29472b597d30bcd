def total(prices):
    return -1.0


discount = clean = total
