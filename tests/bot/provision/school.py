"""A school: a fake GitHub with a template and an app, a configuration, a course, and a clock that only tests move."""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pushmark_bot.course import roster
from pushmark_bot.db import manage
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Person, Provision, Submission
from pushmark_bot.github import Patience
from pushmark_bot.provision.office import Clock, Office
from pushmark_bot.service.config import Config, load
from pushmark_bot.testing import FakeGitHub
from pushmark_bot.testing.apps import App
from pushmark_bot.testing.store import Access
from sqlalchemy import select

ORGANISATION = "example-school"
TEMPLATE = f"{ORGANISATION}/gatecast-template"
LAB = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
START = datetime(2027, 1, 10, 8, tzinfo=UTC)
STARTER = {
    "README.md": b"# Gatecast\n",
    "src/features.py": b"def one():\n    ...\n\n\ndef two():\n    ...\n",
    "src/model.py": b"def train():\n    ...\n",
    ".github/workflows/pushmark.yml": b"on: push\n",
}
RIGHTS: dict[str, Access] = {
    "metadata": "read",
    "administration": "write",
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "checks": "write",
}
HURRIED = Patience(between_requests=0, between_writes=0, first_wait=0.5, retries=2, longest_wait=60)


class FileClock:
    """The time, kept in a file so that processes share it. Sleeping moves it, and takes no time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        if not file.exists():
            self.set(START.timestamp())

    def seconds(self) -> float:
        return float(self._file.read_text() or START.timestamp())

    def set(self, seconds: float) -> None:
        aside = self._file.with_suffix(".new")
        aside.write_text(repr(seconds))
        aside.replace(self._file)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def sleep(self, seconds: float) -> None:
        self.set(self.seconds() + seconds)

    def clock(self) -> Clock:
        return Clock(now=self.now, seconds=self.seconds, sleep=self.sleep)


@dataclass
class School:
    """All of it."""

    folder: Path
    github: FakeGitHub
    app: App
    installation: int
    time: FileClock

    @property
    def config(self) -> Config:
        return load(self.folder / "pushmark-bot.toml", {})

    def office(self) -> Office:
        """What a command opens; the caller closes it."""
        return Office(self.config, self.time.clock(), HURRIED)

    @property
    def database(self) -> Database:
        return Database(self.config.database_url)

    def enrol(self, logins: dict[str, str], *, accounts: bool = True) -> None:
        """Put people on the roster: their logins by their identifiers."""
        file = self.folder / "roster.csv"
        with file.open("w", newline="") as out:
            csv.writer(out).writerows([["identifier", "login"], *logins.items()])
        if accounts:
            for login in filter(None, logins.values()):
                self.github.seed_user(login)
        with self.database.session() as session:
            manage.import_roster(session, "ml-101", roster.read(file), by="staff", at=self.time.now())

    def submissions(self) -> dict[str, Submission]:
        """All submissions by the learner's identifier."""
        with self.database.reading() as session:
            found = session.execute(select(Person.identifier, Submission).join(Person))
            return {row[0]: row[1] for row in found}

    def provision(self, identifier: str) -> Provision:
        """How far somebody's repository is."""
        with self.database.reading() as session:
            return session.scalars(select(Provision).join(Person).where(Person.identifier == identifier)).one()

    def writes(self) -> list[str]:
        """What was written to GitHub so far, without getting tokens."""
        return [
            one.operation
            for one in self.github.log
            if one.method != "GET" and one.operation != "apps/create-installation-access-token"
        ]


def settle(folder: Path, github: FakeGitHub, *, rights: dict[str, Access] = RIGHTS) -> School:
    """Make the school."""
    time = FileClock(folder / "clock")
    github.set_clock(time.seconds)
    github.seed_template(TEMPLATE, STARTER)
    app, installation = github.seed_app("pushmark-course", account=ORGANISATION, permissions=rights)
    for name, content in (
        ("app.pem", app.private_key),
        ("client.id", app.client_id),
        ("client.secret", app.client_secret),
    ):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(content)
    (folder / "pushmark-bot.toml").write_text(
        f'schema = 1\npolicy = "local"\npoll_seconds = 60\napi_url = "{github.url}"\nweb_url = "{github.url}"\n'
        f'[app]\nid = {app.id}\nslug = "pushmark-course"\nprivate_key_file = "app.pem"\n'
        'client_id_file = "client.id"\nclient_secret_file = "client.secret"\n'
    )
    school = School(folder, github, app, installation, time)
    school.database.upgrade()
    with school.database.session() as session:
        course = Course(
            slug="ml-101", title="ML at work", organisation=ORGANISATION, installation=installation, created=START
        )
        session.add(course)
        session.flush()
        session.add(Assignment(course_id=course.id, slug="tiny-lab", lab=str(LAB), template=TEMPLATE))
    return school
