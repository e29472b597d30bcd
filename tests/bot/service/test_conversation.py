"""Whole conversations over real HTTP: GitHub tells, the bot looks, fetches, grades for real, and answers."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pushmark_bot.course.chain import broken
from pushmark_bot.db import attempts, log
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Delivery, Person, Submission
from pushmark_bot.github import Installation, Patience, PyGithubPort
from pushmark_bot.service.engine import Engine
from pushmark_bot.service.executor import Host
from pushmark_bot.service.reconcile import Place, Reconciler
from pushmark_bot.service.writes import Pace, Writes
from pushmark_bot.testing import FakeGitHub, Fault
from pushmark_graders.worker.policy import load
from sqlalchemy import delete, select

from tests.bot.service.conftest import SECRET, Receiver

ORGANISATION = "example-school"
REPO = f"{ORGANISATION}/tiny-learner"
LAB = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
HURRIED = Patience(between_requests=0, between_writes=0, first_wait=0, retries=1)


DUE = datetime(2027, 1, 31, 18, tzinfo=UTC)


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
    engine: Engine
    receiver: Receiver
    pull: int = 1

    def clock(self) -> datetime:
        """The time on every clock; it stands still unless it is set."""
        return self.receiver.now

    def wait(self, time: timedelta) -> None:
        """Let time pass."""
        self.receiver.now += time
        self.engine.wake()

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
        """What the bot wrote on the pull request."""
        return [one.body for one in self.github.comments(REPO, self.pull) if one.author == "pushmark-course[bot]"]

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
    receiver.now = DUE - timedelta(days=1)
    with FakeGitHub() as github:
        github.seed_repo(REPO, private=True)
        first = github.seed_commit(REPO, commit("starter"))
        pull = github.seed_pull(REPO, head_sha=first, author="learner")
        app, installation = github.seed_app("pushmark-course", account=ORGANISATION)
        receiver.installations.add(installation)
        github.add_webhook(receiver.url, secret=SECRET, installation=installation)
        _enrol(receiver.database, installation, pull, receiver.now)
        who = Installation(app=app.id, private_key=app.private_key, installation=installation)
        port = PyGithubPort(who=who, api_url=github.url, patience=HURRIED, sleep=lambda _seconds: None)
        host = Host(load("local"))
        reconciler = Reconciler(
            database=receiver.database,
            github=lambda _installation: port,
            executor=host,
            writes=Writes(Pace()),
            seed=lambda _course: "a secret seed",
            place=Place(author="pushmark-course[bot]", api_url=github.url),
            clock=lambda: receiver.now,
        )
        engine = Engine(receiver.database, [reconciler], clock=lambda: receiver.now)
        receiver.on_told = engine.wake
        engine.start()
        yield Bot(github, receiver.database, engine, receiver, pull)
        engine.stop()
        host.close()
        port.close()


def _enrol(database: Database, installation: int, pull: int, at: datetime) -> None:
    with database.session() as session:
        course = Course(slug="ml-101", title="ML", organisation=ORGANISATION, installation=installation, created=at)
        session.add(course)
        session.flush()
        learner = Person(course_id=course.id, identifier="s-1", login="learner")
        lab = Assignment(course_id=course.id, slug="tiny-lab", lab=str(LAB), due=DUE, cutoff=DUE + timedelta(days=2))
        session.add_all([learner, lab])
        session.flush()
        session.add(Submission(assignment_id=lab.id, person_id=learner.id, repository=REPO.lower(), pull=pull))


def test_a_push_is_graded_and_answered_with_one_comment_and_one_check(bot: Bot) -> None:
    sha = bot.push(commit())
    bot.until_published(sha)
    [body] = bot.bodies()
    assert "<!-- pushmark:lab tiny-lab -->" in body
    assert sha[:10] in body
    assert [run.conclusion for run in bot.github.check_runs(REPO, sha)] == ["success"]
    with bot.database.reading() as session:
        row = attempts.graded(session, session.get_one(Submission, 1), sha)
        assert row is not None
        assert row.points == row.max_points
        assert [entry.kind for entry in log.entries(session, 1)] == ["graded"]
        assert broken(log.entries(session, 1)) is None


def test_the_next_push_edits_the_comment_with_two_writes(bot: Bot) -> None:
    bot.until_published(bot.push(commit("starter", "one")))
    bot.github.forget_log()
    bot.until_published(bot.push(commit()))
    assert len(bot.bodies()) == 1
    writes = [str(one).split()[0] for one in bot.github.log if one.method != "GET"]
    assert sorted(writes) == ["PATCH", "POST"]
    assert bot.numbers() == [(1, "graded"), (2, "graded")]


def test_a_burst_of_pushes_is_graded_once_at_the_newest_head(bot: Bot) -> None:
    bot.github.forget_log()
    shas = [bot.push(commit(note=f"push {at}")) for at in range(20)]
    bot.until_published(shas[-1])
    graded = len(bot.numbers())
    assert graded <= 2, "the first of a burst may be under way already when the others come"
    assert bot.submission().graded_sha == shas[-1]
    assert len(bot.bodies()) == 1


def test_a_push_after_the_cutoff_is_not_graded_and_the_one_before_stays(bot: Bot) -> None:
    before = bot.push(commit("starter", "in time"))
    bot.until_published(before)
    bot.until_quiet()  # a look that began before the cutoff gives the learner the benefit of the doubt
    bot.wait(timedelta(days=4))
    bot.push(commit(note="too late"))
    bot.until(lambda: bot.submission().trouble == "it came after the cutoff")
    assert bot.submission().graded_sha == before


def test_when_no_attempt_is_left_nothing_runs(bot: Bot) -> None:
    bot.change(attempts_total=1)
    bot.until_published(bot.push(commit("starter", "one")))
    bot.push(commit())
    bot.until(lambda: "no attempt left" in bot.submission().trouble)
    assert bot.numbers() == [(1, "graded")]


def test_trouble_with_github_is_written_down_and_mended_by_the_next_try(bot: Bot) -> None:
    for _ in range(2):
        bot.github.expect(Fault(method="POST", path="/comments", status=502, stored=False))
    sha = bot.push(commit())
    bot.until(lambda: bot.submission().failures == 1)
    assert "Could not comment" in bot.submission().trouble
    assert bot.submission().graded_sha == sha
    bot.wait(timedelta(minutes=1))
    bot.until_published(sha)
    assert len(bot.bodies()) == 1
    assert bot.numbers() == [(1, "graded")], "grading again would cost an attempt"


def test_a_delivery_that_comes_twice_and_out_of_order_changes_nothing(bot: Bot) -> None:
    first = bot.push(commit("starter", "one"))
    second = bot.push(commit())
    bot.until_published(second)
    for delivery in [*bot.github.deliveries]:
        bot.github.redeliver(delivery.guid)
    bot.github.wait_for_webhooks()
    assert bot.submission().graded_sha == second != first
    assert len(bot.bodies()) == 1


def test_an_engine_that_was_stopped_in_between_goes_on_where_it_was(bot: Bot) -> None:
    bot.engine.stop()
    sha = bot.push(commit())
    bot.github.wait_for_webhooks()
    assert bot.submission().graded_sha == ""
    again = Engine(bot.database, bot.engine.reconcilers, clock=bot.clock)
    again.start()
    bot.until_published(sha)
    again.stop()


def test_a_delivery_from_the_future_does_not_keep_the_bot_busy(bot: Bot) -> None:
    engine_clock = bot.clock()
    bot.receiver.now += timedelta(hours=1)
    bot.engine.stop()
    sha = bot.push(commit())
    bot.github.wait_for_webhooks()
    bot.receiver.now = engine_clock
    again = Engine(bot.database, bot.engine.reconcilers, clock=bot.clock)
    again.start()
    bot.until_published(sha)
    bot.until_quiet()
    bot.github.forget_log()
    time.sleep(0.5)
    again.stop()
    assert bot.github.log == []


def test_without_webhooks_polling_finds_the_push(bot: Bot) -> None:
    bot.engine.stop()
    with bot.database.session() as session:
        session.execute(delete(Delivery))
    sha = bot.github.seed_commit(REPO, commit())
    bot.github.set_head(REPO, bot.pull, sha)
    bot.github.wait_for_webhooks()
    with bot.database.session() as session:
        session.execute(delete(Delivery))
    again = Engine(bot.database, bot.engine.reconcilers, poll=timedelta(seconds=30), clock=bot.clock)
    bot.wait(timedelta(minutes=1))
    again.start()
    bot.until_published(sha)
    again.stop()
