"""A run that is of no use any more can be ended by another thread, and ends as an interrupt does."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pushmark_graders.grading.session import Plan, run
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.submission.halt import Halt, Halted
from pushmark_graders.submission.proxy import Connection
from pushmark_graders.worker.policy import local

CHECKS = """
from pushmark_graders.checks import task

@task(1, points=1)
def test_one(submission):
    '''One.'''
    submission.module("a").one()

@task(1, points=1, needs=["one"])
def test_two(submission):
    '''Two.'''
    submission.module("a").one()

@task(2, points=1)
def test_three(submission):
    '''Three.'''
    submission.module("b").one()
"""
SLOW = "import time\ndef one():\n    time.sleep(600)\n"
QUICK = "def one():\n    return 1\n"


def plan_of(lab: Path, folder: Path, halt: Halt, **fields: object) -> Plan:
    policy = local()
    connection = Connection(policy, folder, source=".", halt=halt)
    return Plan(spec=load_lab(lab), data=lab, seed="s", public=connection, **fields)  # type: ignore[arg-type]


def test_a_call_that_is_waited_for_is_given_up_at_once(
    write_lab: Callable[..., Path], write: Callable[..., Path], tmp_path: Path
) -> None:
    lab = write_lab({"checks/test_a.py": CHECKS})
    folder = write(tmp_path / "submission", {"a.py": SLOW, "b.py": QUICK})
    halt, told = Halt(), list[str]()
    plan = plan_of(lab, folder, halt, progress=lambda check, _outcome: told.append(check.id))
    assert plan.public is not None
    timer = threading.Timer(1.0, halt.ask)
    timer.start()
    started = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            run(plan)
    finally:
        timer.join()
        plan.public.end()
    assert told == []
    assert time.monotonic() - started < 60  # and not the ten minutes of the call


def test_what_was_halted_before_starts_no_worker() -> None:
    halt = Halt()
    halt.ask()
    connection = Connection(local(), Path("/nowhere"), source=".", halt=halt)
    with pytest.raises(Halted):
        connection.begin()
    with pytest.raises(Halted):
        connection.request("import", "a", "")
    assert connection.generation == 0


def test_the_checks_to_begin_with_run_first_each_after_what_it_waits_for(
    write_lab: Callable[..., Path], write: Callable[..., Path], tmp_path: Path
) -> None:
    lab = write_lab({"checks/test_a.py": CHECKS})
    folder = write(tmp_path / "submission", {"a.py": QUICK, "b.py": QUICK})
    for first, expected in (("three", ["three", "one", "two"]), ("two", ["one", "two", "three"])):
        told = list[tuple[str, frozenset[str]]]()
        plan = plan_of(
            lab,
            folder,
            Halt(),
            first=lambda check, first=first: check.id == first,
            progress=lambda check, outcome, told=told: told.append((check.id, outcome.modules)),
        )
        assert plan.public is not None
        done = run(plan)
        plan.public.end()
        assert [name for name, _ in told] == expected
        assert dict(told) == {"one": {"a"}, "two": {"a"}, "three": {"b"}}
        assert [check.id for check in done.checks] == ["one", "two", "three"]
