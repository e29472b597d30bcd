from shop.basket import total


def plain(prices):
    print("plain", len(prices))
    return total(prices, 0.0)
