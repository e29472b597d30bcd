"""A check has a time limit of its own: an answer can be made to be slow to compare."""

import threading
import time

import pytest
from pushmark_graders.grading.session import time_limit
from pushmark_graders.submission.errors import TimedOut


def test_a_block_that_never_ends_is_stopped_and_its_worker_given_up() -> None:
    given_up: list[bool] = []
    with pytest.raises(TimedOut, match=r"longer than 0\.1 s"), time_limit(0.1, lambda: given_up.append(True)):
        threading.Event().wait(10)
    assert given_up == [True]


def test_a_block_that_ends_in_time_is_left_alone_afterwards() -> None:
    given_up: list[bool] = []
    with time_limit(0.05, lambda: given_up.append(True)):
        pass
    time.sleep(0.1)
    assert given_up == []


def test_outside_the_main_thread_the_block_runs_without_a_limit() -> None:
    seen: list[str] = []

    def run() -> None:
        with time_limit(0.01, lambda: seen.append("given up")):
            time.sleep(0.05)
        seen.append("ended")

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == ["ended"]
