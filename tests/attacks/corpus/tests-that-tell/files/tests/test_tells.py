import time
import warnings

import pytest
from shop import basket

SECRET = getattr(basket, "SECRET", "")


@pytest.mark.parametrize("said", [SECRET, basket.__file__])
def test_tells(said):
    warnings.warn(SECRET)
    print(SECRET)
    open(SECRET or "nothing", "w").close()
    raise type(SECRET or "Nothing", (Exception,), {})(SECRET)


def test_skips():
    pytest.skip(SECRET)


def test_line():
    exec(compile("\n" * (len(SECRET) * 7) + "assert False, SECRET", SECRET or "test_tells.py", "exec"))


def test_time():
    time.sleep(0.01 * len(SECRET))
    assert not SECRET, SECRET
