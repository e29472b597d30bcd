"""How many requests it takes to find what changed in a course: 2,000 repositories, of which 28 were pushed to.

    python benchmarks/collect.py

Collects once, lets 28 learners push, and collects again against the fake GitHub over HTTP, whose answers GitHub's own
description judges. Classroom 50 0.9 asks 4,592 times for the same: two requests for each repository and their pages.
Exit status 1 when it takes 60 or more.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Person, Submission
from pushmark_bot.github import Installation, Patience, PyGithubOrganisation
from pushmark_bot.provision import collecting
from pushmark_bot.testing import FakeGitHub
from pushmark_bot.testing.store import Access

REPOSITORIES, CHANGED, AT_MOST, PEER = 2_000, 28, 60, 4_592
SCHOOL = "example-school"
RIGHTS: dict[str, Access] = {"metadata": "read", "contents": "read", "pull_requests": "read"}
START = datetime(2027, 1, 10, 8, tzinfo=UTC)


class Clock:
    """GitHub's clock and ours."""

    def __init__(self) -> None:
        self.now = START

    def seconds(self) -> float:
        return self.now.timestamp()


def seed(github: FakeGitHub, database: Database, clock: Clock, installation: int) -> None:
    """A course whose learners pushed over a month."""
    with database.session() as session:
        session.add(Course(slug="ml", title="ML", organisation=SCHOOL, installation=installation, created=START))
        session.flush()
        session.add(Assignment(course_id=1, slug="lab", lab="lab"))
        for at in range(REPOSITORIES):
            clock.now += timedelta(minutes=20)
            repo = f"{SCHOOL}/lab-{at}"
            github.seed_repo(repo, private=True)
            sha = github.push(repo, {"a.py": b"%d" % at}, login="learner", branch="work")
            pull = github.seed_pull(repo, head_sha=sha, branch="work")
            person = Person(course_id=1, identifier=f"s-{at}")
            session.add(person)
            session.flush()
            session.add(Submission(assignment_id=1, person_id=person.id, repository=repo, pull=pull))


def measure(github: FakeGitHub, database: Database, open_port: Callable[[], PyGithubOrganisation], clock: Clock) -> int:
    """Collect with a new process's port; returns how many requests GitHub has had, with the one for the token."""
    github.forget_log()
    port = open_port()
    found = collecting.listing(database, port, SCHOOL, [1])
    new: list[str] = []
    collecting.collect(
        database, port, found, [1], clock=lambda: clock.now, tell=lambda one: new.extend([one.sha] if one.new else [])
    )
    port.close()
    print(f"{len(new):>5} new heads found with {len(github.log):>5} requests")
    return len(github.log)


def main() -> int:
    clock = Clock()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, FakeGitHub() as github:
        github.set_clock(clock.seconds)
        database = Database(f"sqlite:///{Path(folder) / 'pushmark.db'}")
        database.upgrade()
        app, installation = github.seed_app("pushmark-course", account=SCHOOL, permissions=RIGHTS)
        who = Installation(app=app.id, private_key=app.private_key, installation=installation)
        hurried = Patience(between_requests=0, between_writes=0)

        def open_port() -> PyGithubOrganisation:
            return PyGithubOrganisation(who=who, api_url=github.url, patience=hurried)

        seed(github, database, clock, installation)
        measure(github, database, open_port, clock)
        for at in range(0, REPOSITORIES, REPOSITORIES // CHANGED + 1):
            clock.now += timedelta(minutes=20)
            github.push(f"{SCHOOL}/lab-{at}", {"a.py": b"new"}, login="learner", branch="work")
        calls = measure(github, database, open_port, clock)
        heard = [one for one in _submissions(database) if one.heard > 1]
        database.close()
    assert len(heard) == CHANGED, f"{len(heard)} of {CHANGED} found"
    print(
        f"{REPOSITORIES} repositories, {CHANGED} changed: {calls} requests; Classroom 50: {PEER} ({PEER / calls:.0f} x)"
    )
    print(f"{time.monotonic() - began:.0f} s")
    return 0 if calls < AT_MOST else 1


def _submissions(database: Database) -> list[Submission]:
    with database.reading() as session:
        return list(session.query(Submission))


if __name__ == "__main__":
    sys.exit(main())
