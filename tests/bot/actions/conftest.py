"""A course whose gradings run in a repository of the instructor's, and somebody who plays that repository's runner."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from pushmark_bot.actions import jobs, layout
from pushmark_bot.actions.build import build
from pushmark_bot.actions.executor import Actions, ByCourse, Chosen, Place
from pushmark_bot.actions.statement import Order, Run, new_key
from pushmark_bot.db import attempts
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Person, Submission
from pushmark_bot.github import Installation, Patience, PyGithubPort, PyGithubWorkflows
from pushmark_bot.service import reconcile
from pushmark_bot.service.executor import Host
from pushmark_bot.service.reconcile import Reconciler
from pushmark_bot.service.writes import Pace, Writes
from pushmark_bot.testing import FakeGitHub
from pushmark_bot.testing.fake import APP_PERMISSIONS
from pushmark_bot.testing.store import WorkflowRun
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.worker.policy import load

ORGANISATION = "example-school"
REPO = f"{ORGANISATION}/tiny-learner"
GRADING = f"{ORGANISATION}/grading"
LAB = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
SEED = "a secret seed"
SOURCE = f"pushmark/pushmark@{'a' * 40}"
HURRIED = Patience(between_requests=0, between_writes=0, first_wait=0, retries=1)
AT = datetime.now(UTC)
"""GitHub's own clock is in what it tells of runs."""


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of the course's grading repository, as an instructor builds it."""
    out = tmp_path_factory.mktemp("grading") / "repository"
    build("ml-101", [load_lab(LAB)], SEED, load("local"), SOURCE, out, lambda _line: None)
    return out


def commit(variant: str = "solution", note: str = "") -> dict[str, bytes]:
    """The files of a commit of the lab's solution or another variant."""
    files = {
        str(path.relative_to(LAB / variant)): path.read_bytes()
        for path in sorted((LAB / variant).rglob("*"))
        if path.is_file() and path.suffix not in (".pyc", ".toml")
    }
    return files | {"NOTES.md": note.encode()}


@dataclass
class School:
    """The bot, GitHub, and the runner of the grading repository."""

    github: FakeGitHub
    database: Database
    reconciler: Reconciler
    actions: Actions
    repository: Path
    private_key: str
    pull: int
    now: datetime = AT
    seed: str = SEED

    def push(self, files: dict[str, bytes]) -> str:
        """Let the learner push."""
        sha = self.github.seed_commit(REPO, files)
        self.github.set_head(REPO, self.pull, sha)
        return sha

    def look(self, later: timedelta = timedelta(minutes=3)) -> Submission:
        """Let time pass, and the bot look at the submission; returns what it wrote down of it."""
        self.now += later
        self.reconciler.reconcile(1)
        with self.database.reading() as session:
            return session.get_one(Submission, 1)

    def numbers(self) -> list[tuple[int, str]]:
        """Number and state of each attempt."""
        with self.database.reading() as session:
            found = attempts.attempts(session, session.get_one(Submission, 1))
            return [(one.number, one.state) for one in found]

    def runs(self) -> list[WorkflowRun]:
        return self.github.workflow_runs(GRADING)

    def play(self, run: WorkflowRun) -> dict[str, bytes]:
        """What the run's jobs make: what the real commands do, one after the other."""
        order = msgspec.convert(run.inputs, Order)
        token = self.github.app_token("github-actions", GRADING, {"contents": "read"})
        port = PyGithubPort(who=token, api_url=self.github.url, patience=HURRIED)
        blobs = PyGithubWorkflows(port)
        told = Run(repository=GRADING, id=run.id, attempt=run.attempt, sha=run.sha)
        secrets = {"PUSHMARK_SEED": self.seed, "PUSHMARK_SIGNING_KEY": self.private_key}
        with tempfile.TemporaryDirectory() as folder:
            work, answers, out = Path(folder, "work"), Path(folder, "answers"), Path(folder, "result")
            jobs.prepare(order, self.repository, lambda sha: blobs.blob(GRADING, sha), work)
            jobs.answer(work, answers)
            jobs.score(order, self.repository, lambda sha: blobs.blob(GRADING, sha), answers, secrets, told, out)
            port.close()
            return {path.name: path.read_bytes() for path in out.iterdir()}

    def finish(self, run: WorkflowRun, files: dict[str, bytes], conclusion: str = "success") -> None:
        """Let the run end with these files as its result."""
        self.github.end_run(GRADING, run.id, conclusion, {layout.ARTIFACT: files})


@pytest.fixture
def school(database: Database, repository: Path) -> Iterator[School]:
    """A course with one learner, whose pull request holds the starter."""
    private, public = new_key()
    with FakeGitHub() as github:
        github.seed_repo(REPO, private=True)
        github.seed_repo(GRADING, private=True)
        github.seed_workflow(GRADING, layout.WORKFLOW, "Grade ${{ inputs.nonce }}")
        first = github.seed_commit(REPO, commit("starter"))
        pull = github.seed_pull(REPO, head_sha=first, author="learner")
        permissions = APP_PERMISSIONS | {"actions": "write", "contents": "write"}
        app, installation = github.seed_app("pushmark-course", account=ORGANISATION, permissions=permissions)
        _enrol(database, installation, pull)
        who = Installation(app=app.id, private_key=app.private_key, installation=installation)
        port = PyGithubPort(who=who, api_url=github.url, patience=HURRIED, sleep=lambda _seconds: None)
        place = Place(repository=GRADING, branch="main", public_key=public, limit=timedelta(minutes=60))
        host = Host(load("local"))

        def clock() -> datetime:
            return running.now

        actions = Actions(place, PyGithubWorkflows(port), clock)
        reconciler = Reconciler(
            database=database,
            github=lambda _installation: port,
            executor=ByCourse(host, {"ml-101": Chosen(actions)}),
            writes=Writes(database, Pace(), clock),
            seed=lambda _course: SEED,
            place=reconcile.Place(author="pushmark-course[bot]", api_url=github.url),
            clock=clock,
        )
        running = School(github, database, reconciler, actions, repository, private, pull)
        yield running
        host.close()
        port.close()


def _enrol(database: Database, installation: int, pull: int) -> None:
    with database.session() as session:
        course = Course(slug="ml-101", title="ML", organisation=ORGANISATION, installation=installation, created=AT)
        session.add(course)
        session.flush()
        learner = Person(course_id=course.id, identifier="s-1", login="learner")
        lab = Assignment(course_id=course.id, slug="tiny-lab", lab=str(LAB))
        session.add_all([learner, lab])
        session.flush()
        session.add(Submission(assignment_id=lab.id, person_id=learner.id, repository=REPO.lower(), pull=pull))
