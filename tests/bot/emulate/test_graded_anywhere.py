"""The same conversation with two GitHubs: told of a pull request, the bot looks, fetches, grades for real, and answers.

In what `emulate` tells by itself fields are missing that GitHub requires (a pull request's number, that a comment is on
one), and a push to an open pull request changes nothing there. So the test tells, in GitHub's words and to a real
receiver, and each commit has a pull request of its own.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Attempt, Submission
from pushmark_bot.github import PyGithubPort
from pushmark_bot.service.deliveries import hear_all
from pushmark_bot.service.executor import Host
from pushmark_bot.service.reconcile import Place, Reconciler
from pushmark_bot.service.writes import Pace, Writes
from pushmark_graders.worker.policy import load
from sqlalchemy import select

from tests.bot.emulate.conftest import APP, REPO, SomeGitHub
from tests.bot.service.conftest import AT, INSTALLATION, Receiver, commit, enrol, receiving

BOT = f"{APP}[bot]"


class School:
    """A course with one submission, and a bot that does what it is told of when `look` says so."""

    def __init__(self, github: SomeGitHub, receiver: Receiver, host: Host, port: PyGithubPort) -> None:
        self.github = github
        self.receiver = receiver
        self._database = receiver.database
        self._reconciler = Reconciler(
            database=self._database,
            github=lambda _installation: port,
            executor=host,
            writes=Writes(self._database, Pace(), self._clock),
            seed=lambda _course: "a secret seed",
            place=Place(author=BOT, api_url=github.url),
            clock=self._clock,
        )

    def _clock(self) -> datetime:
        return self.receiver.now

    def open(self, variant: str) -> tuple[int, str]:
        """Let the learner open a pull request, and GitHub tell; returns its number and head."""
        pull, sha = self.github.open(commit(variant))
        with self._database.session() as session:
            session.get_one(Submission, 1).pull = pull
        body = {
            "action": "opened",
            "number": pull,
            "installation": {"id": INSTALLATION},
            "repository": {"id": 1, "full_name": REPO},
            "pull_request": {"head": {"sha": sha}},
        }
        status, _ = self.receiver.send("pull_request", json.dumps(body).encode(), guid=f"pull-{pull}")
        assert status == 202
        return pull, sha

    def look(self) -> Submission:
        """Let the bot do what there is to do; returns the submission's row."""
        hear_all(self._database)
        self._reconciler.reconcile(1)
        with self._database.reading() as session:
            return session.get_one(Submission, 1)

    def attempts(self) -> list[tuple[int, str]]:
        """Number and commit of each attempt."""
        with self._database.reading() as session:
            return [(row.number, row.sha) for row in session.scalars(select(Attempt).order_by(Attempt.number))]


@pytest.fixture
def school(some_github: SomeGitHub, database: Database) -> Iterator[School]:
    """A course in which nothing is submitted yet."""
    host = Host(load("local"))
    with receiving(database) as receiver:
        receiver.now = AT - timedelta(days=1)
        enrol(database, INSTALLATION, some_github.pull, receiver.now, REPO)
        port = some_github.port()
        yield School(some_github, receiver, host, port)
        port.close()
    host.close()


@pytest.mark.parametrize(("variant", "points", "conclusion"), [("starter", 0, "failure"), ("solution", 10, "success")])
def test_a_pull_request_is_graded_and_answered_once(school: School, variant: str, points: int, conclusion: str) -> None:
    pull, sha = school.open(variant)
    assert school.look().published_sha == sha
    [(author, body)] = said = school.github.comments(pull)
    assert author == BOT
    assert f"{points} of 10 points" in body
    assert school.github.conclusions(sha) == [conclusion]
    assert school.look().trouble == ""
    assert school.github.comments(pull) == said
    assert school.github.conclusions(sha) == [conclusion]
    assert school.attempts() == [(1, sha)]


def test_what_comes_after_the_cutoff_is_neither_graded_nor_answered(school: School) -> None:
    school.receiver.now += timedelta(days=4)
    pull, _ = school.open("solution")
    found = school.look()
    assert found.trouble == "it came after the cutoff"
    assert found.graded_sha == ""
    assert school.github.comments(pull) == []
