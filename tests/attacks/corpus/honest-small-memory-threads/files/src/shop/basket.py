"""What a basket costs, reckoned in threads; the names are not cleaned."""

from concurrent.futures import ThreadPoolExecutor


def total(prices):
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(sum, [prices[::2], prices[1::2]]))


def discount(price, share):
    return price * (1.0 - share)


def clean(name):
    return name
