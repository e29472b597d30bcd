"""A whole roster gets repositories under GitHub's limits, from a process that is stopped and killed meanwhile.

`python -m tests.bot.provision.roster` plays it with a thousand learners, in some minutes; a test plays it with fewer.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from pushmark_bot.course.chain import broken
from pushmark_bot.db import log
from pushmark_bot.testing import FakeGitHub

from tests.bot.provision.school import START, STARTER, School, settle
from tests.docs.pages import ROOT


def started(school: School) -> "subprocess.Popen[str]":
    """The command, for everybody."""
    child = [sys.executable, "-m", "tests.bot.provision.child"]
    files = [str(school.folder / "pushmark-bot.toml"), str(school.folder / "clock")]
    return subprocess.Popen([*child, *files], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def until(true: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Wait for something while the process runs."""
    while not true():
        assert process.poll() is None, "it ended by itself"
        time.sleep(0.02)


def play(school: School, learners: int) -> float:
    """Make repositories for so many learners, interrupted twice; returns the hours that it takes at GitHub's pace."""
    school.github.limit_writes()
    school.enrol({f"s-{at:04}": f"learner-{at:04}" for at in range(learners)})
    for enough, number, status in (
        (learners // 5, signal.SIGINT, 130),
        (learners // 2, signal.SIGKILL, -signal.SIGKILL),
    ):
        process = started(school)
        until(lambda enough=enough: len(school.github.repositories) > enough, process)  # type: ignore[misc]
        process.send_signal(number)
        process.communicate(timeout=120)
        assert process.returncode == status
    process = started(school)
    said, _ = process.communicate(timeout=1000)
    lines = [json.loads(line) for line in said.splitlines()]
    assert process.returncode == 0
    assert lines[-1]["made"] + lines[-1]["there"] == learners
    assert lines[-1]["failed"] == lines[-1]["without"] == []
    _nothing_is_there_twice(school, learners)
    hours = (school.time.now() - START).total_seconds() / 3600
    assert learners * 8 / 500 - 1 < hours < learners * 8 / 500 * 1.2, "as fast as GitHub lets us, and no faster"
    assert school.github.limited == 0, "what one process has sent the next one knows"
    return hours


def _nothing_is_there_twice(school: School, learners: int) -> None:
    made = [one for one in school.github.repositories if not one.is_template]
    assert len(made) == len({one.full_name for one in made}) == learners
    for one in made:
        login = one.name.removeprefix("ml-101-tiny-lab-")
        assert one.writers == {one.owner, login}
        assert [(pull.head_ref, pull.base_ref) for pull in one.pulls.values()] == [("main", "feedback")]
        assert set(one.branches) == {"main", "feedback"}
        assert len(one.commits) == 2
        assert one.trees[one.branches["feedback"]] == STARTER
        assert len(one.rulesets) == 2
    submissions = school.submissions()
    assert len(submissions) == len({one.repository for one in submissions.values()}) == learners
    with school.database.reading() as session:
        entries = log.entries(session, 1)
    assert [entry.kind for entry in entries].count("provision") == learners
    assert broken(entries) is None


def main() -> None:
    """Play it, and say how long it takes."""
    learners = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with TemporaryDirectory(prefix="pushmark-roster-") as folder, FakeGitHub() as github:
        started_at = time.monotonic()
        hours = play(settle(Path(folder), github), learners)
    seconds = time.monotonic() - started_at
    click.echo(
        f"{learners:,} learners, interrupted twice, nothing twice: {hours:.1f} h at GitHub's pace, {seconds:.0f} s here"
    )


if __name__ == "__main__":
    main()
