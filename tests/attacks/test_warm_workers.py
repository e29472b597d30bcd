"""The attacks on the fork server can succeed: each gets something of a server that is made as it must not be."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from pushmark_graders.submission.proxy import Connection, Submission
from pushmark_graders.worker import forkserver
from pushmark_graders.worker.policy import local
from pushmark_graders.worker.pool import Pool

from tests.attacks import oracles
from tests.attacks.cases import corpus, lay
from tests.attacks.judge import Judge

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fork servers are for Linux")

SERVER = """
import os, socket, sys
from pushmark_graders.worker import forkserver, privileges
{fault}
forkserver.main()
"""
POLICY = replace(local(), call_seconds=30.0, import_seconds=60.0)
KEEPS = "privileges.close_all_but = lambda _: None"
UNSAFE = {
    "inherited-memory": "text = 'CANARY-SEED-' + '0a' * 8",
    "inherited-objects": "text = 'CANARY-SEED-' + '0a' * 8",
    "foreseen-numbers": "forkserver.reseed = lambda: sys.modules['numpy'].random.seed(7)",
    "shared-descriptors": f"{KEEPS}; forkserver.reseed = lambda: os.open(sys.executable, os.O_RDONLY)",
    "asks-for-workers": f"{KEEPS}; pair = []; forkserver.reseed = lambda: pair.extend(socket.socketpair())",
}
"""By case, what a server does wrong."""
FREED = "texts = ['CANARY-SEED-%016x' % number for number in range(4000)]\ndel texts"


@pytest.fixture
def got(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., bool]]:
    """Whether the payload of a case got something in a worker of a server with a fault."""
    program = tmp_path / "server.py"
    opened = []

    def ask(name: str, fault: str) -> bool:
        program.write_text(SERVER.format(fault=fault))
        monkeypatch.setattr(forkserver, "__file__", str(program))
        folder = tmp_path / name
        lay(next(one for one in corpus() if one.id == name), folder, {})
        pool = Pool(["numpy"])
        connection = Connection(POLICY, folder, source="src", pool=pool)
        opened.extend([pool.close, connection.end])
        total = Submission(connection).module("shop.basket").total([1.0, 2.0])
        assert pool.served_all
        return bool(total == 3.0)

    yield ask
    for end in reversed(opened):
        end()


@pytest.mark.parametrize("name", UNSAFE)
def test_a_probe_gets_something_of_a_server_with_a_fault(name: str, got: Callable[..., bool]) -> None:
    assert got(name, UNSAFE[name])


@pytest.mark.parametrize("name", UNSAFE)
def test_a_probe_gets_nothing_of_a_server_without_a_fault(name: str, got: Callable[..., bool]) -> None:
    assert not got(name, "")


def test_a_secret_that_a_server_has_freed_is_found(got: Callable[..., bool]) -> None:
    assert got("inherited-memory", FREED)


def test_a_neighbour_that_loses_points_time_or_its_kind_of_worker_is_seen(judge: Judge) -> None:
    plain = judge.twin("lab", "half")
    other = judge.twin("lab", "wrong")
    assert not oracles.neighbours(other, plain, plain, plain, (1.0, 1.2))
    assert oracles.neighbours(other, plain, other, plain, (1.0, 1.2))
    assert oracles.neighbours(other, plain, plain, plain, (1.0, 9.0))
    cold = replace(plain, timing=replace(plain.timing, workers="cold"))
    assert oracles.neighbours(other, plain, cold, plain, (1.0, 1.2)) == [
        "workers were warm before it, warm for it and cold after it"
    ]
