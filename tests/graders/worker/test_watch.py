"""The watch adds up what all processes of a worker hold, and counts shared memory once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from pushmark_graders.submission.errors import Died
from pushmark_graders.submission.proxy import Connection, Submission
from pushmark_graders.worker.policy import local
from pushmark_graders.worker.watch import Watch

SIZE_MB = 60

Start = Callable[[Callable[[], object]], int]


@pytest.fixture
def start() -> Iterator[Start]:
    """`start(step)`: a process that takes that step and stays; its number."""
    started: list[int] = []

    def run(step: Callable[[], object]) -> int:
        ready, theirs = os.pipe()
        child = os.fork()
        if not child:
            os.setsid()
            kept = step()
            os.write(theirs, b".")
            while kept is not None:
                signal.pause()
        started.append(child)
        assert os.read(ready, 1) == b"."
        return child

    yield run
    for pid in started:
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def hold() -> bytearray:
    return bytearray(os.urandom(1 << 20) * SIZE_MB)


def hold_in_children(count: int, *, shared: bytearray | None) -> Callable[[], object]:
    def step() -> object:
        for _ in range(count):
            ready, theirs = os.pipe()
            if not os.fork():
                kept = shared or hold()
                os.write(theirs, b".")
                while kept:
                    signal.pause()
            os.read(ready, 1)
        return True

    return step


def base(pid: int) -> int:
    """MiB that the process and its children hold apart from what the test gives them, at most."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 >> 20


def test_grandchildren_are_added_up(start: Start) -> None:
    parent = start(hold_in_children(3, shared=None))
    assert Watch(parent, 2 * SIZE_MB, own_network=False).is_over()
    assert not Watch(parent, 3 * SIZE_MB + 5 * base(os.getpid()), own_network=False).is_over()


def test_memory_that_processes_share_counts_once(start: Start) -> None:
    shared = hold()
    parent = start(hold_in_children(8, shared=shared))
    assert not Watch(parent, 4 * SIZE_MB + base(os.getpid()), own_network=False).is_over()


def test_what_sockets_may_keep_counts_too() -> None:
    code = "import socket; kept = [socket.socketpair() for _ in range(100)]; print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-I", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        most = base(child.pid) + 20
        assert not Watch(child.pid, most, own_network=False).is_over()
        assert Watch(child.pid, most, own_network=True).is_over()
        child.kill()


def test_a_process_that_is_gone_holds_nothing() -> None:
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    assert not Watch(child, 1, own_network=True).is_over()


def test_a_worker_whose_processes_hold_too_much_together_is_ended(connect: Callable[..., Connection]) -> None:
    code = f"""
    import os, time

    def spread():
        for _ in range(8):
            if not os.fork():
                kept = os.urandom(1 << 20) * {SIZE_MB}
                time.sleep(60)
        time.sleep(60)
    """
    policy = replace(
        local(), memory_mb=1024, total_memory_mb=4 * SIZE_MB, call_seconds=20.0, without=("cgroup limits",)
    )
    submission = Submission(connect({"greedy.py": code}, policy))
    spread = submission.module("greedy").spread
    started = time.monotonic()
    with pytest.raises(Died, match="was killed, most likely for memory"):
        spread()
    assert time.monotonic() - started < 10
