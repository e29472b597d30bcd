"""Repeats judge what is there again and again, and the second half of them on busy processors."""

import os
from pathlib import Path

import pytest
from pushmark_graders import load
from pushmark_graders.grading import repeats
from pushmark_graders.grading.session import Outcome


def busy_children() -> int:
    return len(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


@pytest.mark.parametrize(("times", "busy"), [(1, 0), (2, 1), (3, 1), (4, 2)])
def test_half_of_the_repeats_run_beside_a_busy_process_for_each_processor(times: int, busy: int) -> None:
    before, beside = busy_children(), [0]

    def judge() -> repeats.Judged:
        beside.append(busy_children() - before)
        return {"a": Outcome(state="passed")}, []

    found = repeats.repeat(({"a": Outcome(state="failed")}, []), judge, times)
    assert [one.busy for one in found] == [False] * (times - busy) + [True] * busy
    assert beside == [0] * (times - busy) + [load.cores()] * busy
    assert [one.checks["a"] for one in found] == ["failed", *["passed"] * (times - 1)]
