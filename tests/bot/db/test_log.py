"""The event log in the database."""

from datetime import UTC, datetime

import pytest
from pushmark_bot.course.chain import broken
from pushmark_bot.db import log
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Course, Event
from sqlalchemy import update

AT = datetime(2027, 1, 31, 18, 0, 0, 123_456, tzinfo=UTC)


@pytest.fixture
def course(database: Database) -> int:
    """A course with three events."""
    with database.session() as session:
        found = Course(slug="ml-101", title="ML", organisation="example-school", created=AT)
        session.add(found)
        session.flush()
        for points in (5, 7.5, 8.0):
            log.append(session, found.id, at=AT, actor="instructor", kind="score", data={"task": 2, "points": points})
        return found.id


def test_the_log_is_whole_when_it_is_read_back(database: Database, course: int) -> None:
    with database.reading() as session:
        assert [entry.number for entry in log.entries(session, course)] == [1, 2, 3]
        assert broken(log.entries(session, course)) is None


def test_an_event_changed_in_the_database_is_found(database: Database, course: int) -> None:
    with database.session() as session:
        session.execute(update(Event).where(Event.number == 2).values(data={"task": 2, "points": 10.0}))
    with database.reading() as session:
        assert broken(log.entries(session, course)) == 2


def test_each_course_has_a_log_of_its_own(database: Database, course: int) -> None:
    with database.session() as session:
        other = Course(slug="ml-102", title="ML", organisation="example-school", created=AT)
        session.add(other)
        session.flush()
        assert log.append(session, other.id, at=AT, actor="a", kind="b", data={}).number == 1
    with database.reading() as session:
        assert broken(log.entries(session, other.id)) is None
        assert broken(log.entries(session, course)) is None
