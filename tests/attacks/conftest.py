"""What the attack tests share: one judge a session, in an arena of its own."""

from collections.abc import Iterator

import pytest

from tests.attacks import policies
from tests.attacks.arena import Arena, Lab
from tests.attacks.judge import Judge
from tests.attacks.pool import Setting


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    made = Setting(tmp_path_factory.mktemp("attacks"), policies.usual()).make()
    yield made
    made.arena.close()


@pytest.fixture(scope="session")
def cold_judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """The same with workers that are started anew."""
    made = Setting(tmp_path_factory.mktemp("cold"), policies.usual(), workers="cold").make()
    yield made
    made.arena.close()


@pytest.fixture(scope="session")
def arena(judge: Judge) -> Arena:
    return judge.arena


@pytest.fixture(scope="session")
def lab(arena: Arena) -> Lab:
    return arena.lab("lab")
