"""Opens the database, and says what is wrong with one that cannot be used."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pushmark_graders.errors import PushmarkError
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

MIGRATIONS = Path(__file__).parent / "migrations"
READS = "pushmark_reads"
BUSY_MS = 15_000
"""How long one writer waits for another on SQLite before it gives up."""


class DatabaseError(PushmarkError):
    """The database cannot be reached, read or written."""


class Database:
    """An open database. Threads may share it; each takes a session of its own."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction that may write: committed at the end of the block, rolled back when it raises.

        Raises DatabaseError when the database is at fault.
        """
        try:
            with self._sessions.begin() as session:
                yield session
        except OperationalError as error:
            raise _told(error, str(self.engine.url)) from error

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads, and waits for no writer."""
        try:
            with self._sessions(bind=self.engine.execution_options(**{READS: True})) as session:
                yield session
        except OperationalError as error:
            raise _told(error, str(self.engine.url)) from error

    def upgrade(self) -> tuple[str, str]:
        """Bring the tables up to date; returns the revisions before and after ("" for an empty database)."""
        try:
            before = self.revision()
            with self.engine.begin() as connection:
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
            return before, self.revision()
        except SQLAlchemyError as error:
            raise _told(error, str(self.engine.url)) from error

    def revision(self) -> str:
        """The revision of the tables that are there, "" when there are none."""
        try:
            with self.engine.connect() as connection:
                return MigrationContext.configure(connection).get_current_revision() or ""
        except SQLAlchemyError as error:
            raise _told(error, str(self.engine.url)) from error

    def require_newest(self) -> None:
        """Raises DatabaseError unless the tables are those of this release."""
        there, newest = self.revision(), ScriptDirectory.from_config(_config()).get_current_head() or ""
        if there == newest:
            return
        known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
        if there and there not in known:
            raise DatabaseError(
                f"{shown(str(self.engine.url))} was made by a newer Pushmark (revision {there})",
                "install that release, or restore a backup of before the upgrade",
            )
        raise DatabaseError(
            f"{shown(str(self.engine.url))} {'is of an older release' if there else 'has no tables yet'}",
            "back it up, then run: pushmark-bot db upgrade",
        )

    def close(self) -> None:
        """Hang up."""
        self.engine.dispose()


def shown(url: str) -> str:
    """The address without its password."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
    except ArgumentError:
        raise _no_address(url) from None
    if address.get_backend_name() not in ("sqlite", "postgresql"):
        raise _no_address(url)
    if address.get_backend_name() == "postgresql":
        return create_engine(address.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    engine = create_engine(address, connect_args={"timeout": BUSY_MS / 1000})
    event.listen(engine, "connect", _tune)
    event.listen(engine, "begin", _begin_at_once)
    return engine


def _no_address(url: str) -> DatabaseError:
    return DatabaseError(
        f"database: expected an address, got {shown(url)!r}",
        "give sqlite:////var/lib/pushmark/pushmark.db, or postgresql://USER@HOST/NAME",
    )


def _tune(connection: Any, _record: object) -> None:
    """Readers beside a writer, and nothing that was committed is lost when the power goes."""
    connection.isolation_level = None  # SQLAlchemy begins transactions; the driver must not
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_at_once(connection: Connection) -> None:
    """Take SQLite's one write lock at the start: a read that turns into a write cannot wait for it, and fails."""
    reads = connection.get_execution_options().get(READS)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


_NEXT_STEPS = (
    ("readonly", "make the file and its folder writable for this user"),
    ("unable to open", "make its folder, writable for this user"),
    ("disk", "free some space on the disk of the database"),
    ("full", "free some space on the disk of the database"),
    ("locked", "stop the other process that writes to it; with SQLite only one `serve` may run"),
    ("malformed", "restore a backup"),
    ("not a database", "name another file: this one is something else"),
    ("connection", "start PostgreSQL, and check host, port and password"),
    ("password", "check user and password of the database's address"),
)


def _told(error: SQLAlchemyError, url: str) -> DatabaseError:
    said = " ".join(str(getattr(error, "orig", None) or error).split())[:300]
    step = next((step for word, step in _NEXT_STEPS if word in said.lower()), "see the message of the database")
    return DatabaseError(f"{shown(url)}: {said}", step)
