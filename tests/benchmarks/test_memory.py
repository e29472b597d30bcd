"""What processes hold: parsed from the kernel's words, and told apart by what started them."""

import os
import sys

import memory
import pytest
from memory import Held, Process
from pushmark_graders.cohort import grader
from pushmark_graders.worker import forkserver

ROLLUP = """7f0000000000-7fff00000000 ---p 00000000 00:00 0                          [rollup]
Rss:              102400 kB
Pss:               51200 kB
Pss_Dirty:         20480 kB
Private_Clean:      2048 kB
Private_Dirty:     10240 kB
"""
GRADER, SERVER = str(grader.__file__), str(forkserver.__file__)


def test_private_memory_is_the_clean_and_the_dirty_part() -> None:
    assert memory.parse(ROLLUP) == Held(private_mb=12.0, pss_mb=50.0, rss_mb=100.0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has smaps_rollup")
def test_the_kernel_says_so_in_this_way() -> None:
    own = memory.held(os.getpid())
    assert 1.0 < own.private_mb <= own.rss_mb


def test_a_process_that_has_ended_holds_nothing() -> None:
    assert memory.held(2**22 + 1) == Held()


def test_a_worker_is_all_that_comes_of_one_fork_of_a_fork_server() -> None:
    found = [
        Process(30, 20, SERVER),
        Process(10, 1, GRADER),
        Process(20, 10, SERVER),
        Process(31, 30, SERVER),
        Process(32, 31, SERVER),
        Process(40, 20, SERVER),
    ]
    assert memory.kinds(found) == {
        10: ("grader", 10),
        20: ("fork server", 20),
        **dict.fromkeys((30, 31, 32), ("worker", 30)),
        40: ("worker", 40),
    }


def look(number: int) -> memory.Look:
    """A grader that is replaced after 100 submissions: each starts at 8 MB, has 40 soon, and grows by 0.1 at a time."""
    pid, age = 10 + number // 100, number % 100
    return {("grader", pid): 8.0 if age < 5 else 40.0 + age / 10, ("fork server", 20): 30.0}


def test_growth_is_within_a_process_and_its_start_is_none() -> None:
    told = memory.grown([look(number) for number in range(200)], 5.0)
    assert told.within_mb == {"grader": pytest.approx(7.9), "fork server": 0.0}
    assert told.start_mb == {"grader": 42.0, "fork server": 30.0}
    assert told.end_mb == {"grader": pytest.approx(47.9), "fork server": 30.0}


def test_nothing_seen_is_not_measured_rather_than_nothing_held() -> None:
    assert memory.summary(memory.Seen()) is None
    assert memory.as_text(None, None) == "private memory: not measured"
