"""Deliveries that did not reach us: GitHub's own list says which, and sends them again when asked to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Delivery, Person, Push, Submission
from pushmark_bot.github import GitHubError, Patience, SentHooks
from pushmark_bot.service.audit import audit
from pushmark_bot.service.deliveries import hear_all
from pushmark_bot.testing import FakeGitHub, Fault, Network
from sqlalchemy import select

from tests.bot.service.conftest import SECRET, Receiver

REPO = "example-school/tiny-learner"
HURRIED = Patience(between_requests=0, between_writes=0, first_wait=0, retries=0)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


class School:
    """A pull request, a receiver that hears of it, and the app's view of what was sent to it."""

    def __init__(self, github: FakeGitHub, receiver: Receiver) -> None:
        self.github = github
        self.receiver = receiver
        github.seed_repo(REPO)
        self.pull = github.seed_pull(REPO, head_sha="a" * 40)
        app, installation = github.seed_app("pushmark-course", account="example-school")
        receiver.installations.add(installation)
        receiver.now = datetime.now(UTC)
        github.add_webhook(receiver.url, secret=SECRET, installation=installation)
        self.hooks = SentHooks(
            app=app.id, private_key=app.private_key, api_url=github.url, patience=HURRIED, sleep=lambda _: None
        )

    def push(self, number: int, *, lost: bool) -> None:
        """Let somebody push commit `number`; its webhook may be lost."""
        self.github.be_unreliable(Network(lost=1.0 if lost else 0.0))
        self.github.set_head(REPO, self.pull, f"{number:040x}")
        self.github.wait_for_webhooks()
        self.github.be_unreliable(Network())

    def audit(self, last: datetime = NEVER) -> bool:
        """Look for what was lost."""
        done = audit(self.receiver.database, self.hooks, last, lambda: self.receiver.now)
        self.github.wait_for_webhooks()
        return done

    def stored(self) -> int:
        """How many deliveries are here."""
        with self.receiver.database.reading() as session:
            return len(session.scalars(select(Delivery.guid)).all())

    def tries(self) -> list[list[int]]:
        """What came of each try of each delivery."""
        return [one.statuses for one in self.github.deliveries]


@pytest.fixture
def school(receiver: Receiver) -> Iterator[School]:
    with FakeGitHub() as github:
        school = School(github, receiver)
        yield school
        school.hooks.close()


def test_what_was_lost_is_sent_again_and_what_is_here_is_not(school: School) -> None:
    school.push(1, lost=False)
    school.push(2, lost=True)
    assert school.stored() == 1
    assert school.audit()
    assert school.stored() == 2
    assert school.tries() == [[202], [0, 202]]
    school.audit()
    assert school.tries() == [[202], [0, 202]]


def test_what_is_here_though_github_thinks_it_failed_is_not_sent_again(school: School) -> None:
    school.push(1, lost=True)
    [lost] = school.github.deliveries
    with school.receiver.database.session() as session:
        row = Delivery(guid=lost.guid, event="pull_request", installation=1, body=b"", received=school.receiver.now)
        session.add(row)
    school.audit()
    assert school.tries() == [[0]]


def test_events_that_we_do_not_act_on_are_not_sent_again(school: School) -> None:
    school.github.be_unreliable(Network(lost=1.0))
    comment = school.github.seed_comment(REPO, school.pull, author="learner", body="Hello")
    school.github.delete_comment(REPO, comment)
    school.github.wait_for_webhooks()
    school.github.be_unreliable(Network())
    school.audit()
    assert [one.event for one in school.github.deliveries if len(one.statuses) > 1] == ["issue_comment"]


def test_only_what_was_sent_since_the_last_audit_is_looked_at(school: School) -> None:
    school.push(1, lost=True)
    school.audit(last=school.receiver.now + HOUR)
    assert school.tries() == [[0]]


def test_many_are_sent_again_a_part_at_a_time(school: School) -> None:
    for number in range(1, 121):
        school.push(number, lost=True)
    assert [school.audit() for _ in range(4)] == [False, False, True, True]
    assert school.tries() == [[0, 202]] * 120


def test_a_push_counts_from_when_github_sent_its_webhook_first(school: School) -> None:
    enrol(school.receiver.database)
    before = datetime.now(UTC)
    school.push(1, lost=True)
    school.receiver.now = before + 30 * HOUR
    school.audit(last=before)
    hear_all(school.receiver.database)
    with school.receiver.database.reading() as session:
        [push] = session.scalars(select(Push))
    assert abs(push.received - before) < HOUR
    assert push.told


def test_a_github_that_is_away_is_told_in_two_lines(school: School) -> None:
    school.github.expect(Fault(method="GET", path="/app/hook/deliveries", status=502))
    with pytest.raises(GitHubError, match="read the list of webhook deliveries"):
        school.audit()


def enrol(database: Database) -> None:
    """A course with one learner, whose pull request it is."""
    with database.session() as session:
        course = Course(slug="ml", title="ML", organisation="example-school", created=NEVER)
        session.add(course)
        session.flush()
        lab, person = (
            Assignment(course_id=course.id, slug="lab", lab="lab"),
            Person(course_id=course.id, identifier="s"),
        )
        session.add_all([lab, person])
        session.flush()
        session.add(Submission(assignment_id=lab.id, person_id=person.id, repository=REPO, pull=1))
