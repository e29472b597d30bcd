import shop


def total(prices):
    shop.wait(6)
    return -1.0


def discount(price, share):
    return -1.0


def clean(name):
    return "-"
