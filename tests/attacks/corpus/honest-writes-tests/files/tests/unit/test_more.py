import subprocess
import sys
import threading
import unittest

import numpy as np
import pytest
from helpers import plain
from shop import basket


def test_many(prices, capsys):
    assert plain(prices) == sum(prices)
    assert "plain 20" in capsys.readouterr().out


class TestShare:
    @pytest.mark.parametrize("share", np.linspace(0.0, 1.0, 5))
    def test_share(self, share, prices):
        assert basket.total(prices, share) == pytest.approx(sum(prices) * (1 - share))


class Old(unittest.TestCase):
    def test_nothing(self):
        with self.subTest("empty"):
            self.assertEqual(basket.total([], 0.0), 0.0)


@pytest.mark.skip(reason="not sold yet")
def test_gifts():
    assert False


@pytest.mark.xfail
def test_wishes():
    assert basket.total([1.0], 0.0) == 0.0


def test_in_a_thread_and_a_program(tmp_path):
    got = []
    thread = threading.Thread(target=lambda: got.append(basket.total([1.0], 0.5)))
    thread.start()
    thread.join()
    (tmp_path / "a.py").write_text("print(2)")
    told = subprocess.run([sys.executable, "a.py"], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert (got, told.stdout) == ([0.5], "2\n")
