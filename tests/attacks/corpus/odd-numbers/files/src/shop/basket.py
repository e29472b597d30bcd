def total(prices):
    return 10**400


def discount(price, share):
    return float("nan")


def clean(name):
    return True
