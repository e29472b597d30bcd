"""How numbers are added up."""

from collections import abc
from json import decoder

from shop.collections.abc import Bag
from shop.json import decoder as own_decoder
from shop.random import draw
from tools.email.mime import text


def add(numbers):
    assert isinstance([], abc.Sequence) and decoder.JSONDecoder and own_decoder.OWN and text.OWN
    return draw(Bag(numbers))
