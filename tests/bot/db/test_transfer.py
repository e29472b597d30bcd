"""A database is copied into another one: all of it, or nothing."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pushmark_bot.course.chain import broken
from pushmark_bot.db import log, rows, transfer
from pushmark_bot.db.store import Database, DatabaseError
from pushmark_bot.db.tables import Course, Delivery, Event, Person
from pushmark_graders.errors import PushmarkError
from sqlalchemy import update

from tests import postgres
from tests.bot.db import course

AT = datetime(2027, 2, 1, tzinfo=UTC)
MakeDatabase = Callable[[str], Database]


@pytest.fixture
def make_database(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[MakeDatabase]:
    """Open empty databases, each another one."""
    opened: list[Database] = []

    def make(kind: str) -> Database:
        if kind == "sqlite":
            opened.append(Database(f"sqlite:///{tmp_path / f'{len(opened)}.db'}"))
        else:
            cluster: postgres.Cluster = request.getfixturevalue("cluster")
            opened.append(Database(cluster.new_database()))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def copied(source: Database, target: Database) -> transfer.Moved:
    """Copy, as the command does."""
    return transfer.copy(source, target, by="staff", at=AT, tell=lambda _table, _rows: None)


def test_the_course_has_something_in_every_table(database: Database) -> None:
    course.fill(database)
    assert all(course.counts(database).values())


@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_everything_arrives_from_any_kind_in_any_kind(source: str, target: str, make_database: MakeDatabase) -> None:
    there, here = make_database(source), make_database(target)
    there.upgrade()
    course.fill(there)
    moved = copied(there, here)
    assert course.sums(there) == course.sums(here)
    assert moved.rows == sum(course.counts(there).values())
    with here.reading() as session:
        entries = log.entries(session, 1)
        assert broken(entries) is None
        assert (entries[-1].kind, entries[-1].actor, entries[-1].data) == ("copied", "staff", {"from": there.address})


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_work_goes_on_after_the_copy_with_ids_that_nobody_had(target: str, make_database: MakeDatabase) -> None:
    there, here = make_database("sqlite"), make_database(target)
    there.upgrade()
    course.fill(there)
    copied(there, here)
    with here.session() as session:
        new = Person(course_id=1, identifier="s-new")
        session.add(new)
        session.flush()
        assert new.id == course.LEARNERS + 1


def test_an_empty_postgresql_counts_from_one(make_database: MakeDatabase) -> None:
    there, here = make_database("sqlite"), make_database("postgresql")
    there.upgrade()
    copied(there, here)
    with here.session() as session:
        new = Course(slug="a", title="A", organisation="o", created=AT)
        session.add(new)
        session.flush()
        assert new.id == 1


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_a_database_that_is_not_empty_is_left_as_it_is(target: str, make_database: MakeDatabase) -> None:
    there, here = make_database("sqlite"), make_database(target)
    for one in (there, here):
        one.upgrade()
        course.fill(one)
    before = course.sums(here)
    with pytest.raises(DatabaseError, match=r"is not empty: there are rows in .*course, delivery"):
        copied(there, here)
    assert course.sums(here) == before


def test_what_does_not_fit_leaves_the_target_empty_and_names_the_table(make_database: MakeDatabase) -> None:
    there, here = make_database("sqlite"), make_database("postgresql")
    there.upgrade()
    course.fill(there)
    with there.session() as session:
        session.get_one(Person, 3).name = "nul \x00 byte"
    with pytest.raises(DatabaseError, match="table person does not fit") as refused:
        copied(there, here)
    assert refused.value.next_step.startswith("mend that row")
    assert not any(course.counts(here).values())


def test_a_log_that_was_changed_is_found_before_anything_is_copied(make_database: MakeDatabase) -> None:
    there, here = make_database("sqlite"), make_database("sqlite")
    there.upgrade()
    course.fill(there)
    with there.session() as session:
        session.execute(update(Event).where(Event.number == 2).values(actor="somebody else"))
    with pytest.raises(PushmarkError, match="event 2 of ml-101 is not as it was written"):
        copied(there, here)
    assert not any(course.counts(here).values())


def test_what_is_written_meanwhile_is_not_half_copied(make_database: MakeDatabase) -> None:
    there, here = make_database("sqlite"), make_database("sqlite")
    there.upgrade()
    course.fill(there)

    def busy(table: str, done: int) -> None:
        if not done:
            with there.session() as session:
                session.add(Delivery(guid=table, event="e", installation=1, body=b"", received=AT))

    before = course.counts(there)
    transfer.copy(there, here, by="staff", at=AT, tell=busy)
    assert course.counts(here) == before | {"event": before["event"] + 1}
    assert course.counts(there)["delivery"] == before["delivery"] + len(rows.tables())


def test_a_source_of_another_release_is_refused(make_database: MakeDatabase) -> None:
    there, here = make_database("sqlite"), make_database("sqlite")
    with pytest.raises(DatabaseError, match="has no tables yet"):
        copied(there, here)
    there.upgrade()
    with there.writing() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    with pytest.raises(DatabaseError, match="newer Pushmark"):
        copied(there, here)
