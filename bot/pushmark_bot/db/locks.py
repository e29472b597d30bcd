"""Locks that processes on many hosts share through PostgreSQL. SQLite has one process, and one writer at a time.

PostgreSQL lets go of a lock when whoever holds it ends, however that is.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from pushmark_bot.db.store import Database, DatabaseError

SUBMISSION, TRANSACTION = 7061, 7062
"""What our locks in PostgreSQL are about; the numbers mean nothing else."""


@contextmanager
def alone(database: Database, number: int) -> Iterator[bool]:
    """Keep submission `number` to ourselves in this block; False when another process has it. Raises DatabaseError."""
    if not database.is_shared:
        yield True
        return
    try:
        connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        mine = bool(connection.scalar(select(func.pg_try_advisory_lock(SUBMISSION, number))))
    except OperationalError as error:
        raise DatabaseError(f"submission {number} cannot be locked: {error.orig}", "start PostgreSQL") from error
    with connection:
        try:
            yield mine
        finally:
            _let_go(connection, number, mine)


def _let_go(connection: Connection, number: int, mine: bool) -> None:
    if not mine:
        return
    try:
        connection.execute(select(func.pg_advisory_unlock(SUBMISSION, number)))
    except SQLAlchemyError:
        connection.invalidate()  # the connection is lost, and the lock with it


def one_at_a_time(session: Session, what: int) -> None:
    """Wait until no other transaction does `what` (a number of the caller's), and keep others from it until this one
    ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(TRANSACTION, what)))
