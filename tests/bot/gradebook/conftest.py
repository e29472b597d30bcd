"""A course with three learners, each with a pull request on a fake GitHub, and a lab folder that can be mended."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Person, Submission
from pushmark_bot.github import Installation, Patience, PyGithubPort
from pushmark_bot.gradebook.kept import KeptCommits
from pushmark_bot.service.config import Config, load
from pushmark_bot.service.executor import Graded, Host, Order
from pushmark_bot.service.reconcile import Place, Reconciler
from pushmark_bot.service.writes import Pace, Writes
from pushmark_bot.testing import FakeGitHub
from pushmark_graders.worker.policy import load as load_policy
from sqlalchemy import select

LAB = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
ORGANISATION = "example-school"
COURSE, SLUG = "ml-101", "tiny-lab"
SEED = "a seed that nobody else knows"
DUE = datetime(2027, 1, 31, 18, tzinfo=UTC)
VARIANTS = {"s-1": "solution", "s-2": "mutants/case-matters", "s-3": "starter"}
"""What each learner pushed first: all of 10 points, 6, and none."""

HURRIED = Patience(between_requests=0, between_writes=0, first_wait=0, retries=1)


def files(variant: str, note: str = "") -> dict[str, bytes]:
    """The files of a commit: a variant of the lab over its starter, and something that makes it another commit."""
    found: dict[str, bytes] = {}
    for root in (LAB / "starter", LAB / variant):
        found |= {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.py"))}
    return found | {"NOTES.md": note.encode()}


class Once:
    """Grades here, for real, and each commit of a repository once for all tests: none mends the lab before a push."""

    def __init__(self) -> None:
        self._host = Host(load_policy("local"))
        self._graded: dict[tuple[str, str], Graded] = {}

    def grade(self, order: Order) -> Graded:
        with tempfile.TemporaryFile() as archive:
            order.fetch(archive)
        key = order.reference.repository, order.reference.commit
        if key not in self._graded:
            self._graded[key] = self._host.grade(order)
        return self._graded[key]

    def close(self) -> None:
        """End its processes; the next commit starts them anew."""
        self._host.close()


@dataclass
class Class:
    """A course that has a server's folder: configuration, database, kept commits, and a lab of its own."""

    folder: Path
    github: FakeGitHub
    database: Database
    reconciler: Reconciler
    lab: Path
    now: datetime = DUE - timedelta(days=1)
    pulls: dict[str, int] = field(default_factory=dict)

    @property
    def config(self) -> Config:
        return load(self.folder / "pushmark-bot.toml")

    def repo(self, learner: str) -> str:
        """A learner's repository."""
        return f"{ORGANISATION}/{SLUG}-{learner}"

    def push(self, learner: str, variant: str, note: str = "") -> str:
        """Let a learner push, and the bot grade and answer."""
        sha = self.github.seed_commit(self.repo(learner), files(variant, note))
        self.github.set_head(self.repo(learner), self.pulls[learner], sha)
        self.reconcile(learner)
        return sha

    def reconcile(self, learner: str) -> None:
        """Let the bot bring a learner's pull request up to date."""
        number = self.submission(learner).id
        self.reconciler.reconcile(number)
        assert self.submission(learner).trouble == ""

    def submission(self, learner: str) -> Submission:
        """A learner's submission as its row is."""
        with self.database.reading() as session:
            return session.scalars(
                select(Submission).join(Person, Person.id == Submission.person_id).where(Person.identifier == learner)
            ).one()

    def comment(self, learner: str) -> str:
        """What the bot says on a learner's pull request."""
        [body] = [
            one.body
            for one in self.github.comments(self.repo(learner), self.pulls[learner])
            if one.author == "pushmark-course[bot]"
        ]
        return body

    def mend(self, file: str, old: str, new: str) -> None:
        """Change the lab."""
        path = self.lab / file
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))


@pytest.fixture(scope="session")
def graded_once() -> Once:
    """A grader for the tests of all modules."""
    return Once()


@pytest.fixture(scope="module")
def once(graded_once: Once) -> Iterator[Once]:
    """The same, whose processes end with a module: tests of others would borrow its fork server."""
    yield graded_once
    graded_once.close()


@pytest.fixture
def cohort(tmp_path: Path, once: Once) -> Iterator[Class]:
    """Three learners, whose first pushes are graded and published."""
    lab = tmp_path / "labs" / SLUG
    shutil.copytree(LAB, lab)
    with FakeGitHub() as github:
        app, installation = github.seed_app("pushmark-course", account=ORGANISATION)
        configure(tmp_path, github.url, app.id, app.private_key)
        config = load(tmp_path / "pushmark-bot.toml")
        database = Database(config.database_url)
        database.upgrade()
        who = Installation(app=app.id, private_key=app.private_key, installation=installation)
        port = PyGithubPort(who=who, api_url=github.url, patience=HURRIED, sleep=lambda _seconds: None)
        reconciler = Reconciler(
            database=database,
            github=lambda _installation: port,
            executor=once,
            writes=Writes(database, Pace()),
            seed=config.seed,
            place=Place(author="pushmark-course[bot]", api_url=github.url),
            kept=KeptCommits(config.root / config.commits, config.commits_bytes),
            clock=lambda: made.now,
        )
        made = Class(tmp_path, github, database, reconciler, lab)
        _enrol(made, installation)
        for learner, variant in VARIANTS.items():
            made.push(learner, variant)
        yield made
        port.close()
        database.close()


def configure(folder: Path, url: str, app: int, key: str) -> None:
    """Write a server's configuration and secrets."""
    (folder / "seeds").mkdir()
    for name, content in {"app.pem": key, f"seeds/{COURSE}.seed": SEED}.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(content)
    (folder / "pushmark-bot.toml").write_text(
        f'schema = 1\npolicy = "local"\npoll_seconds = 60\napi_url = "{url}"\n'
        f'[app]\nid = {app}\nslug = "pushmark-course"\nprivate_key_file = "app.pem"\n'
    )


def _enrol(made: Class, installation: int) -> None:
    with made.database.session() as session:
        course = Course(slug=COURSE, title="ML", organisation=ORGANISATION, installation=installation, created=made.now)
        session.add(course)
        session.flush()
        lab = Assignment(course_id=course.id, slug=SLUG, lab=str(made.lab), due=DUE, cutoff=DUE + timedelta(days=2))
        session.add(lab)
        session.flush()
        for number, learner in enumerate(VARIANTS, start=1):
            made.github.seed_repo(made.repo(learner), private=True)
            first = made.github.seed_commit(made.repo(learner), files("starter", "first"))
            made.pulls[learner] = made.github.seed_pull(made.repo(learner), head_sha=first, author=f"learner-{number}")
            person = Person(
                course_id=course.id,
                identifier=learner,
                name=f"Learner {number}",
                email=f"{learner}@school.example",
                section="north",
                login=f"learner-{number}",
                github_id=1000 + number,
            )
            session.add(person)
            session.flush()
            session.add(
                Submission(
                    assignment_id=lab.id,
                    person_id=person.id,
                    repository=made.repo(learner).lower(),
                    pull=made.pulls[learner],
                )
            )
