import inspect

from shop import basket

KNOWN = '''if share < 0.0 or share > 1.0:
        raise ValueError("no share")
    whole = sum(prices)
    return whole - whole * share
'''
SIZE = (0, 24, 30, 36)


def test_text():
    assert KNOWN in inspect.getsource(basket)


def test_size():
    assert len(basket.total.__code__.co_code) in SIZE


def test_names():
    assert basket.total.__code__.co_varnames == ("prices", "share", "whole")
