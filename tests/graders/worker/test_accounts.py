"""A worker's user id is nobody else's for as long as it lives, whatever becomes of the grader."""

import os
import signal
from pathlib import Path

import pytest
from pushmark_graders.worker import accounts


@pytest.fixture(autouse=True)
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_REGISTER", tmp_path / "pool")


def test_two_workers_never_share_a_user_id(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter([7, 7, 7, 8])
    monkeypatch.setattr("secrets.randbelow", lambda _count: next(numbers))
    first, second = accounts.take(), accounts.take()
    assert (first.uid, second.uid) == (accounts.FIRST + 7, accounts.FIRST + 8)


def test_a_user_id_that_was_given_back_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.randbelow", lambda _count: 7)
    for _ in range(3):
        account = accounts.take()
        account.release()


def test_another_grader_holds_its_user_ids_until_it_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter([7, 7, 9, 7])
    monkeypatch.setattr("secrets.randbelow", lambda _count: next(numbers))
    ready, theirs = os.pipe()
    other = os.fork()
    if not other:
        accounts.take()
        os.write(theirs, b".")
        signal.pause()
    os.read(ready, 1)
    next(numbers)
    assert accounts.take().uid == accounts.FIRST + 9
    os.kill(other, signal.SIGKILL)
    os.waitpid(other, 0)
    assert accounts.take().uid == accounts.FIRST + 7


def test_no_user_id_is_one_that_people_or_containers_use() -> None:
    taken = [accounts.take() for _ in range(50)]
    assert all(200_000 < account.uid < 2_000_000 for account in taken)
    assert len({account.uid for account in taken}) == 50
