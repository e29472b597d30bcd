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
from sqlalchemy.exc import ArgumentError, DBAPIError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import DatabaseError as AnyDatabaseError
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
        self.address = shown(self.engine.url.render_as_string())
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction that may write: committed at the end of the block, rolled back when it raises.

        Raises DatabaseError when the database is at fault.
        """
        try:
            with self._sessions.begin() as session:
                yield session
        except DBAPIError as error:
            raise self._meant(error) from error

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads, and waits for no writer."""
        try:
            with self._sessions(bind=self.engine.execution_options(**{READS: True})) as session:
                yield session
        except DBAPIError as error:
            raise self._meant(error) from error

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that sees the database of one moment, whatever is written meanwhile. Raises DatabaseError."""
        postgresql = self.engine.dialect.name == "postgresql"
        options: dict[str, Any] = {"isolation_level": "REPEATABLE READ"} if postgresql else {READS: True}
        try:
            with self.engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            raise self._meant(error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction as `session` gives one, on the bare connection."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise self._meant(error) from error

    def _meant(self, error: DBAPIError) -> Exception:
        """What is told of an error: the database's own faults are for people, ours are for us."""
        its_own = isinstance(error, OperationalError | InternalError) or type(error) is AnyDatabaseError
        return told(error, self.address) if its_own else error

    @property
    def is_shared(self) -> bool:
        """Whether processes on many hosts may work with it (PostgreSQL), or one alone (SQLite)."""
        return self.engine.dialect.name == "postgresql"

    def upgrade(self) -> tuple[str, str]:
        """Bring the tables up to date; returns the revisions before and after ("" for an empty database)."""
        try:
            before = self.revision()
            self._refuse_newer(before)
            with self.engine.begin() as connection:
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                if self.is_shared:
                    from pushmark_bot.db import jobs  # noqa: PLC0415  (Procrastinate: not for --help, nor for SQLite)

                    jobs.upgrade(connection)
            return before, self.revision()
        except SQLAlchemyError as error:
            raise told(error, self.address) from error

    def revision(self) -> str:
        """The revision of the tables that are there, "" when there are none."""
        try:
            with self.engine.connect().execution_options(**{READS: True}) as connection:
                return MigrationContext.configure(connection).get_current_revision() or ""
        except SQLAlchemyError as error:
            raise told(error, self.address) from error

    def require_there(self) -> None:
        """Raises DatabaseError for a file that is not there: to open one of SQLite would make it."""
        url = self.engine.url
        file = url.database if url.get_backend_name() == "sqlite" else None
        if file and not file.startswith("file:") and not Path(file).exists():
            step = "check the address; a new database is made with: pushmark-bot db upgrade"
            raise DatabaseError(f"{self.address}: no such file", step)

    def require_newest(self) -> None:
        """Raises DatabaseError unless the tables are those of this release."""
        there = self.revision()
        if there == newest() and self._has_newest_jobs():
            return
        self._refuse_newer(there)
        raise DatabaseError(
            f"{self.address} {'is of an older release' if there else 'has no tables yet'}",
            "back it up, then run: pushmark-bot db upgrade",
        )

    def _refuse_newer(self, there: str) -> None:
        known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
        if there and there not in known:
            raise DatabaseError(
                f"{self.address} was made by a newer Pushmark (revision {there})",
                "install that release, or restore a backup of before the upgrade; nothing was changed",
            )

    def _has_newest_jobs(self) -> bool:
        if not self.is_shared:
            return True
        from pushmark_bot.db import jobs  # noqa: PLC0415  (as above)

        with self.engine.connect() as connection:
            return jobs.is_newest(connection)

    def close(self) -> None:
        """Hang up."""
        self.engine.dispose()


def newest() -> str:
    """The revision of this release's tables."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


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
    ("malformed", "restore a backup"),
    ("readonly", "make the file and its folder writable for this user"),
    ("unable to open", "make its folder, writable for this user"),
    ("disk", "free some space on the disk of the database"),
    ("full", "free some space on the disk of the database"),
    ("locked", "stop the other process that writes to it; with SQLite only one `serve` may run"),
    ("not a database", "name another file: this one is something else"),
    ("connection", "start PostgreSQL, and check host, port and password"),
    ("password", "check user and password of the database's address"),
)


def told(error: Exception, url: str) -> DatabaseError:
    """What a person is told of an error of the database, with the next step."""
    said = " ".join(str(getattr(error, "orig", None) or error).split())[:300]
    step = next((step for word, step in _NEXT_STEPS if word in said.lower()), "see the message of the database")
    return DatabaseError(f"{shown(url)}: {said}", step)
