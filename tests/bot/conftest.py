"""A fake GitHub with one pull request, reports to publish on it, and the publisher over real HTTP."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pushmark_bot import memory
from pushmark_bot.db.store import Database
from pushmark_bot.github import Patience, PullRequest, PyGithubPort
from pushmark_bot.publish import ACTIONS_BOT, Outcome, Target, publish
from pushmark_bot.testing import FakeGitHub
from pushmark_graders.report import markdown
from pushmark_graders.report.model import (
    CheckResult,
    Environment,
    LabRef,
    Location,
    Report,
    Score,
    State,
    SubmissionRef,
    TaskResult,
    Timing,
)

from tests import postgres

REPO = "ada/gatecast"
HURRIED = Patience(between_requests=0, between_writes=0, first_wait=0)
MakeReport = Callable[..., Report]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An up-to-date database that is empty."""
    opened = Database(f"sqlite:///{tmp_path / 'pushmark.db'}")
    opened.upgrade()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL for all tests of this process. Skips where there is none; in CI that is a fault."""
    try:
        with postgres.running() as found:
            yield found
    except postgres.Missing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture
def postgresql(cluster: postgres.Cluster) -> str:
    """The address of an empty PostgreSQL database."""
    return cluster.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'pushmark.db'}"
    found: str = request.getfixturevalue("postgresql")
    return found


@pytest.fixture
def either_database(address: str) -> Iterator[Database]:
    """An up-to-date database that is empty, of either kind."""
    opened = Database(address)
    opened.upgrade()
    yield opened
    opened.close()


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    """A GitHub with an empty repository; the test fails when anything was not as GitHub describes it."""
    with FakeGitHub() as fake:
        fake.seed_repo(REPO)
        yield fake


@pytest.fixture
def make_report() -> MakeReport:
    """Build the report of a lab with one task and one check per state given."""

    def make(
        *states: State,
        slug: str = "gatecast-2-features",
        commit: str = "a" * 40,
        status: str = "graded",
        message: str = "`parse(2400)` gave 24, expected 0",
        hidden: bool = False,
        located: bool = True,
    ) -> Report:
        checks = [
            CheckResult(
                id=f"check-{number}",
                title=f"Statement {number} holds",
                state=state,
                points=1.0 if state == "passed" else 0.0,
                max=1.0,
                hidden=hidden,
                message="" if state == "passed" else message,
                hint="Midnight is 0." if state == "failed" else "",
                location=Location(path="src/gatecast/features.py", line=number) if located else None,
            )
            for number, state in enumerate(states, start=1)
        ]
        points, most = sum(check.points for check in checks), float(len(checks))
        task = TaskResult(number=1, title="Read the clock", points=points, max=most, checks=checks)
        return Report(
            lab=LabRef(slug=slug, version="1", title="Features without leakage"),
            submission=SubmissionRef(repository=REPO, commit=commit, author="ada"),
            tier="full",
            status="graded" if status == "graded" else "ungraded",
            score=Score(points=points, max=most),
            tasks=[task] if checks else [],
            environment=Environment(grader="0.1.0", python="3.11.7", policy="standard"),
            timing=Timing(total=1.5),
        )

    return make


@dataclass(kw_only=True)
class Publisher:
    """A bot that publishes on one pull request, a new process each time."""

    github: FakeGitHub
    number: int
    token: str
    author: str = ACTIONS_BOT
    state: Path | None = None
    check: bool = True
    waits: list[float] = field(default_factory=list)
    patience: Patience = HURRIED

    def __call__(self, report: Report) -> Outcome:
        """Publish, with its requests alone in the log."""
        self.github.forget_log()
        target = Target(
            pull=PullRequest(REPO, self.number),
            sha=report.submission.commit,
            author=self.author,
            api_url=self.github.url,
            check=self.check,
        )
        port = PyGithubPort(who=self.token, api_url=self.github.url, patience=self.patience, sleep=self.waits.append)
        try:
            with memory.opened(self.state) as remembered:
                return publish(report, target, port, markdown.render, remembered)
        finally:
            port.close()

    @property
    def calls(self) -> list[str]:
        """The requests of the last publication, as method and the last word of the path."""
        return [
            f"{line.method} {line.path.rstrip('0123456789').rstrip('/').rsplit('/', 1)[1]}" for line in self.github.log
        ]

    def push(self, sha: str) -> None:
        """Let the learner push a commit."""
        self.github.set_head(REPO, self.number, sha)

    def bodies(self) -> list[str]:
        """The comments that the bot wrote."""
        return [one.body for one in self.github.comments(REPO, self.number) if one.author == self.author]


@pytest.fixture
def publisher(github: FakeGitHub) -> Publisher:
    """A publisher with a workflow's token, on a pull request whose head is a commit of a's."""
    number = github.seed_pull(REPO, head_sha="a" * 40)
    return Publisher(github=github, number=number, token=github.actions_token(REPO))
