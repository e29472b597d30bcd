"""Warm workers: the same as cold ones, only sooner; and nothing is left or shared, whoever is killed when."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from pushmark_graders.submission.errors import Died, TimedOut
from pushmark_graders.submission.proxy import Connection, Submission
from pushmark_graders.worker import forkserver
from pushmark_graders.worker.policy import Policy, local
from pushmark_graders.worker.pool import Pool, Unavailable

MODULE = """
import os
import random
import sys
import time


def loaded(name):
    return name in sys.modules


def draw():
    import numpy
    import torch
    return [random.random(), float(numpy.random.random()), float(torch.rand(1))]


def around():
    return {
        "descriptors": sorted(int(name) for name in os.listdir("/proc/self/fd"))[:-1],
        "processes": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "uid": os.getuid(),
        "argv": sys.argv,
        "main": sorted(vars(sys.modules["__main__"])),
        "path": sys.path,
        "threads": len(os.listdir("/proc/self/task")),
    }


def leave(status):
    os._exit(status)


def forks_and_sleeps():
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            time.sleep(60)
    time.sleep(60)


def fits():
    import numpy
    import torch
    from sklearn.cluster import KMeans
    from sklearn.ensemble import HistGradientBoostingClassifier
    torch.set_num_threads(2)
    data = numpy.random.default_rng(0).normal(size=(300, 4))
    labels = (data[:, 0] > 0).astype(int)
    KMeans(2, n_init=1).fit(data)
    score = HistGradientBoostingClassifier(max_iter=5).fit(data, labels).score(data, labels)
    return float(score) > 0.9 and float((torch.ones(200, 200) @ torch.ones(200, 200)).sum()) > 0
"""

pytestmark = pytest.mark.skipif(os.uname().sysname != "Linux", reason="fork servers are for Linux")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(["numpy", "pandas", "sklearn.ensemble", "torch"]) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "submission"
    made.mkdir()
    (made / "work.py").write_text(MODULE)
    return made


Open = Callable[..., Connection]


@pytest.fixture
def connect(folder: Path) -> Iterator[Open]:
    with contextlib.ExitStack() as ending:

        def go(pool: Pool | None, policy: Policy | None = None, source: str = ".") -> Connection:
            made = Connection(policy or local(), folder, source=source, pool=pool)
            ending.callback(made.end)
            return made

        yield go


def ask(connection: Connection, name: str, *args: object) -> object:
    return getattr(Submission(connection).module("work"), name)(*args)


def children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def descendants(pid: int) -> set[int]:
    found = set(children(pid))
    return found.union(*map(descendants, found))


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}/exe").is_symlink() and children_or_running(pid)}


def children_or_running(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def gone(pids: set[int], seconds: float = 60.0) -> bool:
    until = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pids)


def test_a_warm_worker_has_the_libraries_before_it_is_asked(connect: Open, pool: Pool) -> None:
    assert ask(connect(pool), "loaded", "torch") is True
    assert ask(connect(None), "loaded", "torch") is False
    assert pool.served_all


def test_a_warm_worker_finds_around_itself_what_a_cold_one_does(connect: Open, pool: Pool) -> None:
    warm, cold = connect(pool), connect(None)
    found, expected = ask(warm, "around"), ask(cold, "around")
    assert isinstance(found, dict)
    assert isinstance(expected, dict)
    assert warm.layers == cold.layers
    if os.getuid() == 0:
        assert found.pop("uid") != expected.pop("uid")
    if found["environment"]["HOME"] != "/tmp":  # without a root of its own each has its own folder
        for one in (found, expected):
            del one["environment"], one["folder"], one["processes"], one["path"]
    assert found == expected


def test_no_two_workers_share_random_state(connect: Open, pool: Pool) -> None:
    drawn = [ask(connect(pool), "draw") for _ in range(3)]
    assert all(isinstance(one, list) for one in drawn)
    for place in range(3):
        assert len({one[place] for one in drawn if isinstance(one, list)}) == 3


def test_threads_of_openmp_work_in_a_warm_worker(connect: Open, pool: Pool) -> None:
    assert ask(connect(pool, replace(local(), call_seconds=30.0)), "fits") is True


def test_a_submission_with_a_module_of_the_same_name_gets_a_cold_worker(connect: Open, folder: Path) -> None:
    (folder / "random.py").write_text("def random():\n    return 7.0\n")
    with Pool(["numpy"]) as pool:
        assert ask(connect(pool), "loaded", "numpy") is False
        assert not pool.served_all


def test_the_exit_status_of_a_warm_worker_is_told_as_that_of_a_cold_one(connect: Open, pool: Pool) -> None:
    told = []
    for one in (pool, None):
        with pytest.raises(Died) as caught:
            ask(connect(one), "leave", 5)
        told.append(str(caught.value))
    assert told[0] == told[1]
    assert "exit status 5" in told[0]


def test_a_warm_worker_that_hangs_is_ended_with_all_that_it_started(connect: Open, pool: Pool) -> None:
    before = descendants(os.getpid())
    connection = connect(pool, replace(local(), call_seconds=0.7))
    with pytest.raises(TimedOut):
        ask(connection, "forks_and_sleeps")
    assert gone(descendants(os.getpid()) - before)


def test_a_library_that_is_not_there_is_no_obstacle(connect: Open) -> None:
    with Pool(["no_such_library", "numpy"]) as pool:
        assert ask(connect(pool), "loaded", "numpy") is True


def test_a_server_with_a_second_thread_serves_nobody(
    connect: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = folder.parent / "threaded.py"
    program.write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "from pushmark_graders.worker import forkserver\nforkserver.main()\n"
    )
    monkeypatch.setattr(forkserver, "__file__", str(program))
    with Pool() as pool:
        with pytest.raises(Unavailable, match="has 2 threads"):
            pool.suits([])
        assert ask(connect(pool), "loaded", "os") is True
        assert not pool.served_all


def test_when_the_server_is_killed_its_workers_go_on_and_the_next_one_is_cold(connect: Open) -> None:
    before = descendants(os.getpid())
    with Pool() as pool:
        first, second = connect(pool), connect(pool)
        assert ask(first, "loaded", "os") is True
        (server,) = set(children(os.getpid())) - before
        started = descendants(server)
        os.kill(server, signal.SIGKILL)
        assert gone({server})
        assert ask(first, "loaded", "os") is True
        assert not pool.is_broken
        assert ask(second, "loaded", "os") is True
        assert pool.was_lost
        first.end()
        assert gone(started)


def test_a_time_limit_that_strikes_while_a_worker_is_asked_for_costs_no_other_worker_its_answer(
    connect: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late(Exception):
        pass

    def late(*_arguments: object) -> None:
        raise Late

    with Pool() as pool:
        pool.suits([])
        with monkeypatch.context() as patch:
            patch.setattr("socket.recv_fds", late)
            with pytest.raises(Late):
                ask(connect(pool), "loaded", "os")
        assert ask(connect(pool), "loaded", "os") is True
        assert not pool.served_all


def test_a_closed_pool_leaves_no_process(connect: Open) -> None:
    before = descendants(os.getpid())
    pool = Pool(["numpy"])
    connection = connect(pool)
    assert ask(connection, "loaded", "numpy") is True
    started = descendants(os.getpid()) - before
    assert len(started) >= 3
    pool.close()
    pool.close()
    assert gone(started)


def test_a_pool_that_is_closed_while_its_worker_computes_ends_that_worker(connect: Open) -> None:
    before = descendants(os.getpid())
    with Pool() as pool:
        assert ask(connect(pool), "loaded", "os") is True
        started = descendants(os.getpid()) - before
    assert gone(started)


@pytest.mark.parametrize("moment", ["importing", "idle", "asked"])
def test_a_grader_that_is_killed_leaves_no_server_and_no_worker(moment: str, folder: Path) -> None:
    ready, theirs = os.pipe()
    grader = os.fork()
    if not grader:
        pool = Pool(["numpy", "torch"] if moment == "importing" else [])
        pool.start()
        if moment != "importing":
            pool.suits([])
        if moment == "asked":
            ask(Connection(local(), folder, source=".", pool=pool), "loaded", "os")
        os.write(theirs, b".")
        signal.pause()
    os.read(ready, 1)
    started = descendants(grader)
    os.kill(grader, signal.SIGKILL)
    os.waitpid(grader, 0)
    assert started
    assert gone(started)
