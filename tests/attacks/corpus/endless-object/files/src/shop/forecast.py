from shop.basket import Endless


def summary(x, spent):
    return Endless()


predict = 3
