import shop


def total(prices):
    print(shop.TEXT)
    return shop.TEXT


def discount(price, share):
    raise type("E\x1b[2J", (ValueError,), {})(shop.TEXT)


def clean(name):
    return {shop.TEXT: [shop.TEXT]}
