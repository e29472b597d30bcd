"""Busy processors are busy for as long as they shall be, and for nobody else."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pushmark_graders import load, process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def children() -> Iterator[tuple[int, int]]:
    """The process id and the niceness of each child of this process that runs."""
    for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        yield int(pid), int(fields[16])


def test_each_processor_has_a_process_of_lower_priority_while_the_block_runs() -> None:
    before, own = dict(children()), os.nice(0)
    with load.busy(niceness=3):
        until = time.monotonic() + 30
        while True:
            made = {pid: nice for pid, nice in children() if pid not in before}
            if set(made.values()) == {min(own + 3, 19)} or time.monotonic() > until:
                break
            time.sleep(0.02)
        assert len(made) == load.cores()
        assert set(made.values()) == {min(own + 3, 19)}
    assert not {pid for pid, _ in children()} & set(made)


def test_a_busy_process_ends_with_the_one_that_it_was_made_for() -> None:
    program = """
import os, time
from pushmark_graders import load
with load.busy():
    time.sleep(0.5)
    print(open(f"/proc/self/task/{os.getpid()}/children").read(), flush=True)
    os._exit(0)
"""
    said = process.run([sys.executable, "-c", program], env=dict(os.environ), timeout=60).stdout.split()
    assert len(said) == load.cores()
    until = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in said) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in said)
