"""How numbers are added up."""

import doctest
import sys
import unittest


def add(numbers):
    """Add up.

    >>> add([])
    0
    """
    if numbers:
        assert doctest.testmod(sys.modules[__name__]).failed == 0
        suite = unittest.defaultTestLoader.loadTestsFromName("shop.test_sums")
        assert unittest.TextTestRunner().run(suite).wasSuccessful()
    return sum(numbers)
