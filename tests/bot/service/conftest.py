"""A receiver that listens on a real port, somebody who signs what is sent to it, and a whole bot that runs."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pushmark_bot.db import attempts, log
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Delivery, Person, Request, Submission
from pushmark_bot.github import Installation, Patience, PyGithubOrganisation
from pushmark_bot.service.engine import Engine
from pushmark_bot.service.executor import Host
from pushmark_bot.service.inbox import Inbox
from pushmark_bot.service.queue import Queue
from pushmark_bot.service.receiver import add_receiver
from pushmark_bot.service.reconcile import Place, Reconciler
from pushmark_bot.service.scheduler import Scheduler
from pushmark_bot.service.writes import Pace, Writes
from pushmark_bot.slash.answer import MARKER
from pushmark_bot.testing import FakeGitHub
from pushmark_bot.testing.webhooks import signature
from pushmark_graders.worker.policy import load
from sqlalchemy import select

from tests.bot.serving import listening, serving

SECRET = "a secret that only GitHub and the bot know"
INSTALLATION = 2311213
AT = datetime(2027, 1, 31, 18, tzinfo=UTC)


@dataclass
class Receiver:
    """A running receiver. `installations` are those it knows; `told` counts how often it had something new."""

    url: str
    database: Database
    installations: set[int] = field(default_factory=lambda: {INSTALLATION})
    told: int = 0
    now: datetime = AT
    on_told: Callable[[], None] = lambda: None

    def send(
        self, event: str, body: bytes, *, guid: str = "guid-1", secret: str = SECRET, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Deliver; returns the status and what the answer says."""
        request = urllib.request.Request(self.url, data=body)
        given = {"X-GitHub-Event": event, "X-GitHub-Delivery": guid, "X-Hub-Signature-256": signature(secret, body)}
        for name, value in {**given, **headers}.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)


@pytest.fixture
def receiver(database: Database) -> Iterator[Receiver]:
    """A receiver that knows one installation."""
    with receiving(database) as running:
        yield running


@pytest.fixture
def either_receiver(either_database: Database) -> Iterator[Receiver]:
    """The same, with a database of either kind."""
    with receiving(either_database) as running:
        yield running


@contextmanager
def receiving(database: Database) -> Iterator[Receiver]:
    """A receiver for the time of the block."""
    running = Receiver("", database)

    def told() -> None:
        running.told += 1
        running.on_told()

    inbox = Inbox(database, told)
    inbox.start()
    app = FastAPI(openapi_url=None)
    add_receiver(
        app, secret=SECRET, inbox=inbox, known=lambda one: one in running.installations, clock=lambda: running.now
    )
    with listening() as (port, url), serving(app, port):
        running.url = f"{url}/webhooks/github"
        yield running
    inbox.stop()


ORGANISATION = "example-school"
REPO = f"{ORGANISATION}/tiny-learner"
LAB = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
HURRIED = Patience(between_requests=0, between_writes=0, first_wait=0, retries=1, longest_limit=0)
DUE = AT


def commit(variant: str = "solution", note: str = "") -> dict[str, bytes]:
    """The files of a commit: the lab's solution or starter, and something that makes it another commit."""
    files = {
        str(path.relative_to(LAB / variant)): path.read_bytes()
        for path in sorted((LAB / variant).rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }
    return files | {"NOTES.md": note.encode()}


@dataclass
class Bot:
    """A bot that runs, the GitHub that it talks to, and its database."""

    github: FakeGitHub
    database: Database
    reconciler: Reconciler
    receiver: Receiver
    port: PyGithubOrganisation
    pull: int = 1
    installation: int = 0
    scheduler: Scheduler | None = None

    def start(self) -> None:
        """Begin to work, with the scheduler that is right for the database."""
        kind = Queue if self.database.is_shared else Engine
        self.scheduler = kind(self.database, [self.reconciler], clock=self.clock)
        self.receiver.on_told = self.scheduler.wake
        self.scheduler.start()

    def stop(self) -> None:
        """Finish what is under way, and do nothing any more."""
        if self.scheduler is not None:
            self.scheduler.stop()
        self.scheduler = None

    def clock(self) -> datetime:
        """The time on every clock; it stands still unless it is set."""
        return self.receiver.now

    def wait(self, time: timedelta) -> None:
        """Let time pass."""
        self.receiver.now += time
        if self.scheduler is not None:
            self.scheduler.wake()

    def push(self, files: dict[str, bytes]) -> str:
        """Let the learner push."""
        sha = self.github.seed_commit(REPO, files)
        self.github.set_head(REPO, self.pull, sha)
        return sha

    def submission(self) -> Submission:
        """The one submission."""
        with self.database.reading() as session:
            return session.get_one(Submission, 1)

    def until(self, true: Callable[[], bool], seconds: float = 90.0) -> None:
        """Wait for something."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"still waiting; the submission says: {self.submission().trouble}"
            time.sleep(0.02)

    def until_published(self, sha: str) -> None:
        """Wait until a commit's report stands on GitHub."""
        self.until(lambda: self.submission().published_sha == sha)

    def until_quiet(self) -> None:
        """Wait until all that GitHub had to tell was heard and looked at."""
        self.github.wait_for_webhooks()
        self.until(lambda: not self._new_deliveries() and self.submission().seen == self.submission().heard)

    def _new_deliveries(self) -> int:
        with self.database.reading() as session:
            return len(session.scalars(select(Delivery.guid).where(Delivery.state == "new")).all())

    def bodies(self) -> list[str]:
        """The feedback that the bot wrote on the pull request."""
        return [body for body in self._written() if not body.startswith(MARKER)]

    def answers(self) -> list[str]:
        """The comments with answers to commands that the bot wrote."""
        return [body for body in self._written() if body.startswith(MARKER)]

    def _written(self) -> list[str]:
        return [one.body for one in self.github.comments(REPO, self.pull) if one.author == "pushmark-course[bot]"]

    def say(self, author: str, body: str) -> int:
        """Let somebody comment; returns the comment's id."""
        return self.github.seed_comment(REPO, self.pull, author=author, body=body)

    def ask(self, author: str, body: str) -> str:
        """Let somebody give a command, and wait until it is answered; returns the newest answer, if it was in words."""
        number = self.say(author, body)
        self.until(lambda: self.request(number) is not None)
        self.until(lambda: (known := self.request(number)) is not None and known.told)
        known = self.request(number)
        return known.answer if known is not None else ""

    def request(self, comment: int) -> Request | None:
        """What the bot knows of a command."""
        with self.database.reading() as session:
            return session.scalars(select(Request).where(Request.comment == comment)).one_or_none()

    def reactions(self, comment: int) -> list[str]:
        """The bot's reactions to a comment."""
        [found] = [one for one in self.github.comments(REPO, self.pull) if one.id == comment]
        return [reaction for _, reaction in found.reactions]

    def events(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        """Actor and data of each event of a kind."""
        with self.database.reading() as session:
            return [(one.actor, one.data) for one in log.entries(session, 1) if one.kind == kind]

    def numbers(self) -> list[tuple[int, str]]:
        """Number and state of each attempt."""
        with self.database.reading() as session:
            found = attempts.attempts(session, session.get_one(Submission, 1))
            return [(one.number, one.state) for one in found]

    def change(self, **values: object) -> None:
        """Change the assignment."""
        with self.database.session() as session:
            assignment = session.get_one(Assignment, 1)
            for name, value in values.items():
                setattr(assignment, name, value)


@pytest.fixture
def bot(receiver: Receiver) -> Iterator[Bot]:
    """A course with one learner, whose pull request holds the starter; the bot is on and has nothing to do."""
    with playing(receiver) as playing_bot:
        yield playing_bot


@pytest.fixture
def either_bot(either_receiver: Receiver) -> Iterator[Bot]:
    """The same, as one process with SQLite, and as a worker of Procrastinate's with PostgreSQL."""
    with playing(either_receiver) as playing_bot:
        yield playing_bot


@contextmanager
def playing(receiver: Receiver) -> Iterator[Bot]:
    """A bot for the time of the block."""
    receiver.now = DUE - timedelta(days=1)
    with FakeGitHub() as github:
        repository = github.seed_repo(REPO, private=True)
        repository.writers |= {"learner", "another", "tutor"}
        first = github.seed_commit(REPO, commit("starter"))
        pull = github.seed_pull(REPO, head_sha=first, author="learner")
        app, installation = github.seed_app("pushmark-course", account=ORGANISATION)
        receiver.installations.add(installation)
        github.add_webhook(receiver.url, secret=SECRET, installation=installation)
        enrol(receiver.database, installation, pull, receiver.now)
        who = Installation(app=app.id, private_key=app.private_key, installation=installation)
        port = PyGithubOrganisation(who=who, api_url=github.url, patience=HURRIED, sleep=lambda _seconds: None)
        host = Host(load("local"))
        reconciler = Reconciler(
            database=receiver.database,
            github=lambda _installation: port,
            executor=host,
            writes=Writes(receiver.database, Pace(), lambda: receiver.now),
            seed=lambda _course: "a secret seed",
            place=Place(author="pushmark-course[bot]", api_url=github.url),
            clock=lambda: receiver.now,
        )
        bot = Bot(github, receiver.database, reconciler, receiver, port, pull, installation)
        bot.start()
        yield bot
        bot.stop()
        host.close()
        port.close()


def enrol(database: Database, installation: int, pull: int, at: datetime, repository: str = REPO) -> None:
    """Make a course with two learners and a tutor; the first learner has a submission in `repository`."""
    with database.session() as session:
        course = Course(slug="ml-101", title="ML", organisation=ORGANISATION, installation=installation, created=at)
        session.add(course)
        session.flush()
        learner = Person(course_id=course.id, identifier="s-1", login="learner")
        session.add_all(
            [
                Person(course_id=course.id, identifier="s-2", login="another"),
                Person(course_id=course.id, identifier="t-1", login="tutor", role="staff"),
            ]
        )
        lab = Assignment(course_id=course.id, slug="tiny-lab", lab=str(LAB), due=DUE, cutoff=DUE + timedelta(days=2))
        session.add_all([learner, lab])
        session.flush()
        session.add(Submission(assignment_id=lab.id, person_id=learner.id, repository=repository.lower(), pull=pull))
