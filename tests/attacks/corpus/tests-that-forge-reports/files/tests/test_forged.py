from shop.basket import total


def test_sum():
    assert total([1.0], 0.0) == 7.0
