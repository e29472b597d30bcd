import shop


def total(prices):
    return shop.TEXT


def discount(price, share):
    raise ValueError(shop.TEXT)


def clean(name):
    return [shop.TEXT.splitlines(), {shop.TEXT: shop.TEXT}]
