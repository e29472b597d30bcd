"""Fills an empty database with the rows of another, in one transaction, and looks whether all arrived."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

import msgspec
from pushmark_graders.errors import PushmarkError
from sqlalchemy import Connection, Table, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from pushmark_bot.course.chain import FIRST, broken
from pushmark_bot.db import log, rows
from pushmark_bot.db.rows import Adding, Row, Sum
from pushmark_bot.db.store import Database, DatabaseError
from pushmark_bot.db.tables import Course

Tell = Callable[[str, int], None]
"""Hears a table's name and how many of its rows are done."""


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """A course's event log: how many events it has, and the digest of the last one."""

    events: int
    last: str


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What was carried over."""

    tables: dict[str, Sum]
    chains: dict[str, Chain]

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.tables.values())


def copy(source: Database, target: Database, *, by: str, at: datetime, tell: Tell) -> Moved:
    """Copy everything from one database into another, which must be empty. Raises PushmarkError; nothing is there then.

    What is written to the source meanwhile is not copied: end the bot first.
    """
    source.require_newest()
    with source.snapshot() as there, filling(target) as here:
        before = chains(there)
        sums = {table.name: fill(here, table, rows.read(there, table), tell) for table in rows.tables()}
        moved = Moved(tables=sums, chains=before)
        verify(here, moved)
        note(here, kind="copied", data={"from": source.address}, by=by, at=at)
    return moved


@contextmanager
def filling(target: Database) -> Iterator[Connection]:
    """A transaction on an empty database with the newest tables; nobody else writes while it lasts."""
    if target.revision():
        target.require_newest()
    else:
        target.upgrade()
    with target.writing() as connection:
        _lock(connection)
        _require_empty(connection, target)
        yield connection
        _number_on(connection)


def fill(connection: Connection, table: Table, given: Iterable[Row], tell: Tell) -> Sum:
    """Insert rows into a table and add them up. Raises DatabaseError for what the database does not take."""
    adding = Adding()

    def counted() -> Iterator[Row]:
        for row in given:
            adding.add(rows.line(row))
            yield row

    tell(table.name, 0)
    try:
        for done in rows.write(connection, table, counted()):
            tell(table.name, done)
    except DBAPIError as error:
        said = " ".join(str(error.orig).split())[:300]
        raise DatabaseError(
            f"table {table.name} does not fit: {said}", "mend that row at its source; nothing was changed here"
        ) from None
    return adding.sum()


def verify(connection: Connection, expected: Moved) -> None:
    """Raises DatabaseError unless every table and every event log is as expected."""
    for table in rows.tables():
        there = rows.summed(connection, table)
        if there != expected.tables[table.name]:
            what = f"table {table.name}: {there.rows} rows arrived, not the {expected.tables[table.name].rows} sent"
            raise DatabaseError(what, "nothing was changed; report this")
    if chains(connection) != expected.chains:
        raise DatabaseError("the event log arrived changed", "nothing was changed here; report this")


def chains(connection: Connection) -> dict[str, Chain]:
    """The event log of each course. Raises PushmarkError when one was changed since it was written."""
    found = {}
    with Session(connection, join_transaction_mode="rollback_only") as session:
        for course, slug in session.execute(select(Course.id, Course.slug).order_by(Course.slug)).all():
            entries = log.entries(session, course)
            if (changed := broken(entries)) is not None:
                raise PushmarkError(
                    f"event {changed} of {slug} is not as it was written",
                    "find out who changed it; `pushmark-bot db backup` or pg_dump keep the database as it is",
                )
            found[slug] = Chain(events=len(entries), last=entries[-1].digest if entries else FIRST)
    return found


def note(connection: Connection, *, kind: str, data: dict[str, str], by: str, at: datetime) -> None:
    """Write into every course's log that its database was moved, and by whom."""
    with Session(connection, join_transaction_mode="rollback_only") as session:
        for course in session.scalars(select(Course.id).order_by(Course.id)).all():
            log.append(session, course, at=at, actor=by, kind=kind, data=data)
        session.flush()


def _lock(connection: Connection) -> None:
    """Keep writers out; on SQLite the transaction itself does."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'"{table.name}"' for table in rows.tables())
        connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def _require_empty(connection: Connection, target: Database) -> None:
    full = [
        table.name
        for table in rows.tables()
        if connection.execute(select(func.count()).select_from(table.select().limit(1).subquery())).scalar_one()
    ]
    if full:
        raise DatabaseError(
            f"{target.address} is not empty: there are rows in {', '.join(full)}",
            "name an empty database; nothing of this one was changed",
        )


def _number_on(connection: Connection) -> None:
    """PostgreSQL counts ids by itself, and knows nothing of those that came with their rows."""
    if connection.dialect.name != "postgresql":
        return
    for table in rows.tables():
        column = table.autoincrement_column
        if column is None:
            continue
        newest = connection.execute(select(func.max(column))).scalar_one()
        sequence = select(func.pg_get_serial_sequence(f'"{table.name}"', column.name))
        name = connection.execute(sequence).scalar_one()
        connection.execute(select(func.setval(name, newest or 1, newest is not None)))
