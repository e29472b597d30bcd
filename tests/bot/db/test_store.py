"""The database: made, upgraded, and what is said of one that cannot be used."""

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from pushmark_bot.db.store import Database, DatabaseError, shown
from pushmark_bot.db.tables import Base, Course
from sqlalchemy.exc import StatementError

from tests import postgres

AT = datetime(2027, 1, 31, 18, tzinfo=UTC)


def course(slug: str = "ml-101") -> Course:
    """A course."""
    return Course(slug=slug, title="Machine learning at work", organisation="example-school", created=AT)


def test_migrations_make_the_tables_that_the_code_has(either_database: Database) -> None:
    with either_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        assert compare_metadata(context, Base.metadata) == []


def is_ours(name: str | None, _kind: str, _parents: object) -> bool:
    """Procrastinate's tables live beside ours, and are its own affair."""
    return not (name or "").startswith("procrastinate_")


def test_upgrading_twice_changes_nothing(either_database: Database) -> None:
    there = either_database.revision()
    assert either_database.upgrade() == (there, there)
    either_database.require_newest()


def test_an_empty_database_says_what_to_run(tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(DatabaseError, match="has no tables yet") as refused:
        empty.require_newest()
    assert "pushmark-bot db upgrade" in refused.value.next_step


def test_a_database_of_a_newer_release_is_left_alone(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    with pytest.raises(DatabaseError, match="newer Pushmark"):
        database.require_newest()


def test_a_moment_comes_back_as_it_went_in_whatever_its_time_zone(either_database: Database) -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    with either_database.session() as session:
        session.add(Course(slug="a", title="A", organisation="b", created=elsewhere))
    with either_database.reading() as session:
        found = session.get_one(Course, 1).created
    assert found == AT
    assert found.tzinfo is not None


def test_a_moment_without_a_time_zone_is_refused(database: Database) -> None:
    naive = datetime(2027, 1, 31)
    with pytest.raises(StatementError, match="no time zone"), database.session() as session:
        session.add(Course(slug="a", title="A", organisation="b", created=naive))


def test_what_raises_leaves_nothing_behind(either_database: Database) -> None:
    def half() -> None:
        with either_database.session() as session:
            session.add(course())
            session.flush()
            raise RuntimeError("cut short")

    with pytest.raises(RuntimeError, match="cut short"):
        half()
    with either_database.reading() as session:
        assert session.get(Course, 1) is None


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    with database.session() as session:
        session.add(course("one"))
    with database.session() as writing:
        writing.add(course("two"))
        writing.flush()
        with database.reading() as session:
            assert session.query(Course).count() == 1


@pytest.mark.parametrize("url", ["", "pushmark.db", "mysql://user:secret@host/name", "://"])
def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseError, match="expected an address") as refused:
        Database(url)
    assert "secret" not in str(refused.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="unable to open") as refused:
        Database(f"sqlite:///{tmp_path / 'nowhere' / 'pushmark.db'}").upgrade()
    assert "make its folder" in refused.value.next_step


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Dear diary, " * 100)
    with pytest.raises(DatabaseError) as refused:
        Database(f"sqlite:///{file}").upgrade()
    assert "name another file" in refused.value.next_step
    assert file.read_text() == "Dear diary, " * 100


def test_a_database_that_somebody_else_holds_says_so(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pushmark_bot.db.store.BUSY_MS", 50)
    path = database.engine.url.database
    assert path is not None
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    hurried = Database(str(database.engine.url))
    with pytest.raises(DatabaseError, match="locked") as refused, hurried.session() as session:
        session.add(course())
    other.close()
    hurried.close()
    assert "only one `serve`" in refused.value.next_step


def test_what_was_committed_is_there_after_a_crash_of_postgresql(cluster: postgres.Cluster, postgresql: str) -> None:
    opened = Database(postgresql)
    opened.upgrade()
    with opened.session() as session:
        session.add(course())
    cluster.crash()
    with pytest.raises(DatabaseError, match="connection") as refused:
        opened.revision()
    assert "start PostgreSQL" in refused.value.next_step
    cluster.start()
    with opened.reading() as session:
        assert session.get_one(Course, 1).slug == "ml-101"
    opened.close()


def test_a_password_is_never_shown() -> None:
    assert shown("postgresql://bot:hunter2@db.example/pushmark") == "postgresql://bot:***@db.example/pushmark"
