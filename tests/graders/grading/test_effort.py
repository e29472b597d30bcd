"""What workers cost is counted, warm ones that are nobody's children included."""

from pathlib import Path

import pytest
from pushmark_graders.grading.effort import Meter
from pushmark_graders.submission.proxy import Connection, Submission
from pushmark_graders.worker.policy import local
from pushmark_graders.worker.pool import Pool

MODULE = """
import time


def compute(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def hold(megabytes):
    held = bytearray(megabytes << 20)
    held[::4096] = b"x" * len(held[::4096])
    return len(held)
"""


@pytest.mark.parametrize("warm", [True, False])
def test_processor_time_and_memory_of_a_worker_that_ended_are_counted(tmp_path: Path, warm: bool) -> None:
    (tmp_path / "work.py").write_text(MODULE)
    with Pool([]) as pool:
        meter = Meter(pool if warm else None)
        connection = Connection(local(), tmp_path, source=".", pool=pool if warm else None)
        try:
            work = Submission(connection).module("work")
            work.compute(0.6)
            before = meter.read()
            work.hold(700)
        finally:
            connection.end()
        took = meter.read()
        assert pool.served_all
        assert took.processor_seconds >= before.processor_seconds + 0.6
        assert took.processor_seconds < 30
        assert took.memory_mb >= 700
