from shop.sums import add


def test_totals_add_up(numbers):
    assert add(numbers) == 3
