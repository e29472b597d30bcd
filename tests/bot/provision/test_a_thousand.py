"""A thousand learners get repositories under GitHub's limits, from a process that is stopped and killed meanwhile."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from pushmark_bot.course.chain import broken
from pushmark_bot.db import log

from tests.bot.provision.school import START, STARTER, School
from tests.docs.pages import ROOT

LEARNERS = 1_000


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


def test_a_roster_of_a_thousand_interrupted_twice_has_nothing_twice(school: School) -> None:
    school.github.limit_writes()
    school.enrol({f"s-{at:04}": f"learner-{at:04}" for at in range(LEARNERS)})
    for enough, number, status in ((200, signal.SIGINT, 130), (500, signal.SIGKILL, -signal.SIGKILL)):
        process = started(school)
        until(lambda enough=enough: len(school.github.repositories) > enough, process)  # type: ignore[misc]
        process.send_signal(number)
        process.communicate(timeout=120)
        assert process.returncode == status
    process = started(school)
    said, _ = process.communicate(timeout=500)
    lines = [json.loads(line) for line in said.splitlines()]
    assert process.returncode == 0
    assert lines[-1]["made"] + lines[-1]["there"] == LEARNERS
    assert lines[-1]["failed"] == lines[-1]["without"] == []
    _nothing_is_there_twice(school)
    hours = (school.time.now() - START).total_seconds() / 3600
    assert LEARNERS * 8 / 500 - 1 < hours < LEARNERS * 8 / 500 * 1.2, "as fast as GitHub lets us, and no faster"
    assert school.github.limited < 30, "a new process does not know what the killed one has sent"


def _nothing_is_there_twice(school: School) -> None:
    made = [one for one in school.github.repositories if not one.is_template]
    assert len(made) == len({one.full_name for one in made}) == LEARNERS
    for one in made:
        login = one.name.removeprefix("ml-101-tiny-lab-")
        assert one.writers == {one.owner, login}
        assert [(pull.head_ref, pull.base_ref) for pull in one.pulls.values()] == [("main", "feedback")]
        assert set(one.branches) == {"main", "feedback"}
        assert len(one.commits) == 2
        assert one.trees[one.branches["feedback"]] == STARTER
        assert len(one.rulesets) == 2
    submissions = school.submissions()
    assert len(submissions) == len({one.repository for one in submissions.values()}) == LEARNERS
    with school.database.reading() as session:
        entries = log.entries(session, 1)
    assert [entry.kind for entry in entries].count("provision") == LEARNERS
    assert broken(entries) is None
