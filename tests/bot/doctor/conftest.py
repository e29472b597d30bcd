"""A bot that is set up, with one course, and the GitHub that it talks to."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pushmark_bot.db import log
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course
from pushmark_bot.doctor.examine import examine
from pushmark_bot.doctor.finding import Finding
from pushmark_bot.testing import FakeGitHub
from pushmark_bot.testing.apps import App, AppHook

LAB = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
AT = datetime(2027, 1, 31, 18, tzinfo=UTC)


@dataclass
class Bot:
    """A bot that is set up, and its GitHub. `url` is where it would listen."""

    folder: Path
    github: FakeGitHub
    app: App
    installation: int
    url: str
    environment: dict[str, str] = field(default_factory=dict)
    ahead: float = 0.0

    def examine(self) -> dict[str, Finding]:
        """What the doctor finds, by the check."""
        found = list(examine(self.folder / "pushmark-bot.toml", self.environment, lambda: time.time() + self.ahead))
        by_check = {one.check: one for one in found}
        assert len(by_check) == len(found)
        assert all(one.next for one in found if one.state == "wrong")
        assert all("\n" not in str(one) for one in found)
        return by_check

    def wrong(self) -> dict[str, str]:
        """What is wrong, but that nobody listens here."""
        return {
            name: f"{one.what}; {one.next}"
            for name, one in self.examine().items()
            if one.state == "wrong" and name != "public address"
        }

    def database(self) -> Database:
        """Its database."""
        return Database(f"sqlite:///{self.folder / 'pushmark.db'}")


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Bot]:
    """A bot with one course, and everything in its place."""
    with FakeGitHub() as github, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        app, installation = github.seed_app("pushmark-course", account="example-school")
        made = Bot(tmp_path, github, app, installation, f"http://127.0.0.1:{port}")
        app.hook = AppHook(url=f"{made.url}/webhooks/github", secret="s" * 40)
        (tmp_path / "seeds").mkdir()
        for name, content in (("app.pem", app.private_key), ("webhook.secret", "s" * 40), ("seeds/ml-101.seed", "x")):
            (tmp_path / name).touch(mode=0o600)
            (tmp_path / name).write_text(content)
        (tmp_path / "pushmark-bot.toml").write_text(
            f'schema = 1\nport = {port}\npolicy = "local"\napi_url = "{github.url}"\n'
            f'[app]\nid = {app.id}\nslug = "pushmark-course"\n'
            'private_key_file = "app.pem"\nwebhook_secret_file = "webhook.secret"\n'
        )
        database = made.database()
        database.upgrade()
        with database.session() as session:
            course = Course(slug="ml-101", title="ML", organisation="Example-School", created=AT)
            course.installation = installation
            session.add(course)
            session.flush()
            session.add(Assignment(course_id=course.id, slug="tiny-lab", lab=str(LAB)))
            log.append(session, course.id, at=AT, actor="staff", kind="note", data={})
        database.close()
        yield made
