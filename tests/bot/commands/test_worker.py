"""A server that takes webhooks, and workers beside it that grade, with PostgreSQL between them."""

import ctypes
import os
import signal
import subprocess

from tests.bot.commands.test_serve import REPO, Desk, comment, desk, serving, set_up

__all__ = ["desk"]


def use(desk: Desk, database: str, graders: int) -> None:
    """Name the database in the configuration."""
    file = desk.folder / "pushmark-bot.toml"
    rounds = "[rounds]\nstalled_seconds = 3\n"
    file.write_text(f'database = "{database}"\ngraders = {graders}\n{file.read_text()}{rounds}')


def working(desk: Desk) -> "subprocess.Popen[str]":
    """Start a worker, and wait until it works."""
    process = subprocess.Popen(
        ["env", "PUSHMARK_BOT_GRADERS=1", "pushmark-bot", "worker"],
        cwd=desk.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "working, 1 at a time" in process.stderr.readline()
    return process


def test_what_a_killed_worker_left_is_done_by_another(desk: Desk, postgresql: str) -> None:
    use(desk, postgresql, 0)
    set_up(desk)
    pull = desk.github.seed_pull(REPO, head_sha=desk.github.seed_commit(REPO, desk.files("starter")))
    server = serving(desk)
    killed = working(desk)
    desk.type("course", "link", "ml-101", "tiny-lab", "s-1", REPO, str(pull))
    comment(desk, pull, "of 10")
    killed.kill()
    killed.communicate()
    sha = desk.github.seed_commit(REPO, desk.files("solution"))
    desk.github.set_head(REPO, pull, sha)
    desk.github.wait_for_webhooks()
    other = working(desk)
    comment(desk, pull, sha[:10])
    other.send_signal(signal.SIGTERM)
    _, said = other.communicate(timeout=60)
    assert other.returncode == 0, said
    server.end()


def test_a_worker_hears_a_signal_that_does_not_wake_it(desk: Desk, postgresql: str) -> None:
    use(desk, postgresql, 0)
    set_up(desk)
    worker = working(desk)
    worker.send_signal(signal.SIGSTOP)
    others = [int(thread) for thread in os.listdir(f"/proc/{worker.pid}/task") if int(thread) != worker.pid]
    assert ctypes.CDLL(None).tgkill(worker.pid, others[0], signal.SIGTERM) == 0
    worker.send_signal(signal.SIGCONT)
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 0, said


def test_a_worker_without_postgresql_is_refused(desk: Desk) -> None:
    set_up(desk)
    said = desk.type("worker", status=2)
    assert "one process's own, which is `pushmark-bot serve`" in said
    assert "Next: " in said


def test_a_worker_that_would_grade_nothing_is_refused(desk: Desk, postgresql: str) -> None:
    use(desk, postgresql, 0)
    desk.type("db", "upgrade")
    assert "graders: expected 1 or more, got 0" in desk.type("worker", status=2)


def test_a_worker_says_when_the_tables_are_missing(desk: Desk, postgresql: str) -> None:
    use(desk, postgresql, 1)
    assert "has no tables yet" in desk.type("worker", status=2)
