"""Bad days of a running bot: a full disk, an installation that was suspended. All is told, and nothing is lost."""

from datetime import timedelta
from typing import Any

from pushmark_bot.course.chain import broken
from pushmark_bot.db import log
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Course, Delivery
from sqlalchemy import event, func, select

from tests.bot.service.conftest import Bot, Receiver, commit
from tests.bot.service.test_receiver import BODY, PAYLOAD

PAGE = 4096


class FullDisk:
    """A disk on which the database can grow no further, until it is `freed`."""

    def __init__(self, database: Database) -> None:
        with database.snapshot() as connection:
            self.pages = connection.exec_driver_sql("pragma page_count").scalar_one()
        self._engine = database.engine
        event.listen(self._engine, "checkout", self._limit)

    def freed(self) -> None:
        """There is room again."""
        self.pages = 1 << 30

    def _limit(self, connection: Any, _record: object, _proxy: object) -> None:
        connection.execute(f"pragma max_page_count={self.pages}")


def count(database: Database) -> int:
    """How many deliveries are written down."""
    with database.reading() as session:
        return session.execute(select(func.count()).select_from(Delivery)).scalar_one()


def test_on_a_full_disk_a_delivery_is_refused_and_taken_when_it_comes_again(receiver: Receiver) -> None:
    body = BODY.replace(b'"learner"', b'"' + b"l" * 3 * PAGE + b'"')
    assert PAYLOAD["sender"]["login"] == "learner"
    disk = FullDisk(receiver.database)
    answers = [receiver.send("pull_request", body, guid=f"guid-{number}") for number in range(5)]
    refused = [said for status, said in answers if status == 503]
    assert refused
    assert refused[-1] == {"taken": False, "why": "it could not be written down; deliver it again"}
    assert count(receiver.database) == 5 - len(refused)
    disk.freed()
    assert [receiver.send("pull_request", body, guid=f"guid-{number}")[0] for number in range(5)] == [202] * 5
    assert count(receiver.database) == 5


def test_while_the_app_is_suspended_pushes_wait_and_are_graded_once_it_is_back(bot: Bot) -> None:
    with bot.database.reading() as session:
        installation = session.get_one(Course, 1).installation
    assert installation is not None
    bot.until_quiet()
    bot.github.suspend(installation)
    sha = bot.push(commit())
    bot.github.wait_for_webhooks()
    bot.until(lambda: bot.submission().failures > 0)
    said = bot.submission().trouble
    assert "This installation has been suspended" in said
    assert "pushmark-bot doctor" in said
    assert bot.submission().published_sha != sha
    bot.github.suspend(installation, suspended=False)
    bot.wait(timedelta(hours=2))
    bot.until_published(sha)
    assert bot.submission().trouble == ""
    with bot.database.reading() as session:
        assert broken(log.entries(session, 1)) is None
