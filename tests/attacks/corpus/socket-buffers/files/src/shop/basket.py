import shop

shop.got()


def total(prices):
    return -1.0


def discount(price, share):
    return -1.0


def clean(name):
    return "-"
