import random

import pytest


@pytest.fixture(scope="session")
def prices():
    return [random.Random(3).randrange(1, 100) / 4 for _ in range(20)]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
