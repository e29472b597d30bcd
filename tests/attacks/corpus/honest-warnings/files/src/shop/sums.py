"""How numbers are added up."""

import warnings

import numpy as np

warnings.warn("imported in an old way", DeprecationWarning, stacklevel=2)


def add(numbers):
    for kind in (UserWarning, FutureWarning, RuntimeWarning, ResourceWarning, DeprecationWarning):
        warnings.warn("be warned", kind, stacklevel=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            np.log(np.array([-1.0]))
        except RuntimeWarning:
            pass
    np.array([1.0]) / np.array([0.0])
    open("/dev/null")
    return sum(numbers)
