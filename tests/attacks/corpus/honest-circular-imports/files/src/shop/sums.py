"""How numbers are added up."""

from . import circle


def add(numbers):
    from shop.basket import total

    assert circle.back().add is add and callable(total)
    return sum(numbers)
