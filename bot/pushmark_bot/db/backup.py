"""Copies a SQLite database while it is in use."""

import sqlite3
from pathlib import Path

from pushmark_graders.errors import PushmarkError

from pushmark_bot import new_file
from pushmark_bot.db.store import Database, DatabaseError, told

PG_DUMP = 'pg_dump --format=custom --file=pushmark.dump "$ADDRESS"'


def backup(database: Database, path: Path) -> int:
    """Write the whole database into a new file; returns its size. Raises PushmarkError; there is no file then.

    SQLite's VACUUM INTO: one moment of the database, whatever is written meanwhile, in one file without a journal.
    """
    if database.engine.dialect.name != "sqlite":
        raise PushmarkError("this database is PostgreSQL's", f"back it up with its own tool: {PG_DUMP}")
    if database.revision() == "":
        raise DatabaseError(f"{database.address} has no tables", "check `database` in the configuration")
    with new_file.made(path) as file:
        _vacuum(database, file.name)
        _check(Path(file.name))
        return Path(file.name).stat().st_size


def _vacuum(database: Database, draft: str) -> None:
    connection = database.engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM INTO ?", (draft,))
    except sqlite3.Error as error:
        raise told(error, database.address) from error
    finally:
        connection.close()


def _check(copy: Path) -> None:
    """Read every page of the copy once. Raises DatabaseError."""
    connection = sqlite3.connect(f"file:{copy}?mode=ro", uri=True)
    try:
        [(said,)] = connection.execute("PRAGMA integrity_check(1)").fetchall()
    except sqlite3.Error as error:
        said = str(error)
    finally:
        connection.close()
    if said != "ok":
        raise DatabaseError(f"the database is damaged: {said}", "restore the newest backup")
