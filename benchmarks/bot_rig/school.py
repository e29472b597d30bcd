"""A course on the fake GitHub: a pull request for each learner, and the bot's configuration beside it."""

import socket
from datetime import UTC, datetime
from pathlib import Path

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Person, Submission
from pushmark_bot.testing import FakeGitHub

from bot_rig import ROOT

ORGANISATION = "example-school"
SECRET = "a secret that GitHub and the bot know"
LAB = ROOT / "tests" / "fixtures" / "tiny-lab"
BOT = "pushmark-course"


class School:
    """`pulls` learners with a pull request each, and a bot that is set up but does not run."""

    def __init__(self, github: FakeGitHub, url: str, folder: Path, pulls: int, settings: str = "") -> None:
        self.github = github
        self.folder = folder
        self.repositories = [f"{ORGANISATION}/tiny-learner-{number}" for number in range(1, pulls + 1)]
        self.heads: dict[str, str] = {}
        app, self.installation = github.seed_app(BOT, account=ORGANISATION)
        self.port = _free_port()
        self.database = Database(url)
        self.database.upgrade()
        self._enrol()
        for name, content in {"app.pem": app.private_key, "webhook.secret": SECRET, "ml-101.seed": "a seed"}.items():
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(content)
        (folder / "pushmark-bot.toml").write_text(
            f'schema = 1\ndatabase = "{url}"\nseeds = "."\nport = {self.port}\napi_url = "{github.url}"\n{settings}\n'
            f'[app]\nid = {app.id}\nslug = "{BOT}"\n'
            'private_key_file = "app.pem"\nwebhook_secret_file = "webhook.secret"\n'
        )
        github.add_webhook(self.address, secret=SECRET, installation=self.installation)

    @property
    def address(self) -> str:
        """Where the bot takes webhooks."""
        return f"http://127.0.0.1:{self.port}/webhooks/github"

    def push(self, repository: str, variant: str, note: str) -> str:
        """Let a learner push: the lab's solution or starter, made another commit by a note."""
        sha = self.github.seed_commit(repository, commit(variant, note))
        self.github.set_head(repository, 1, sha)
        self.heads[repository] = sha
        return sha

    def _enrol(self) -> None:
        with self.database.session() as session:
            course = Course(
                slug="ml-101",
                title="ML",
                organisation=ORGANISATION,
                installation=self.installation,
                created=datetime.now(UTC),
            )
            session.add(course)
            session.flush()
            lab = Assignment(
                course_id=course.id, slug="tiny-lab", lab=str(LAB), attempts_total=1000, attempts_per_day=1000
            )
            session.add(lab)
            session.flush()
            for number, repository in enumerate(self.repositories, start=1):
                self.github.seed_repo(repository, private=True)
                starter = self.github.seed_commit(repository, commit("starter", ""))
                self.github.seed_pull(repository, head_sha=starter, author="learner")
                self.heads[repository] = starter
                person = Person(course_id=course.id, identifier=f"s-{number}", login=f"learner-{number}")
                session.add(person)
                session.flush()
                session.add(Submission(assignment_id=lab.id, person_id=person.id, repository=repository, pull=1))


def commit(variant: str, note: str) -> dict[str, bytes]:
    """The files of a commit."""
    root = LAB / variant
    files = {str(one.relative_to(root)): one.read_bytes() for one in sorted(root.rglob("*.py"))}
    return files | {"NOTES.md": note.encode()}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
