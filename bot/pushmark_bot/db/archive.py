"""The whole database as one file, the same from SQLite and PostgreSQL: a ZIP of a manifest and one file for each table.

    manifest.json        what the archive holds (see `Manifest`)
    tables/course.jsonl  a row on each line, as JSON; see `rows.line`

Whoever changes a row of it has to change its sum in the manifest too, and what is in the event log is sealed beyond
that. Secrets are not in it: they are in files of their own, and of invites the database has only the SHA-256.
"""

import contextlib
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from pushmark_graders import __version__
from pushmark_graders.errors import PushmarkError
from sqlalchemy import Connection, Table

from pushmark_bot import new_file
from pushmark_bot.db import rows, transfer
from pushmark_bot.db.rows import Adding, Row, Sum
from pushmark_bot.db.store import Database, newest
from pushmark_bot.db.transfer import Chain, Moved, Tell

MANIFEST = "manifest.json"
LONGEST_MANIFEST, LONGEST_LINE = 1 << 20, 256 << 20
_WHOLE = (1980, 1, 1, 0, 0, 0)
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError)
_PACKED, _ENCRYPTED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED), 1


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive holds: the revision of its tables, each table's rows and sum, and each course's event log."""

    schema: Literal["pushmark/course-database/v1"] = "pushmark/course-database/v1"
    revision: str
    release: str
    made: datetime
    tables: dict[str, Sum]
    chains: dict[str, Chain]


def write(database: Database, path: Path, *, at: datetime, tell: Tell) -> Manifest:
    """Write everything into a new file, as it is at one moment. Raises PushmarkError; there is no file then."""
    database.require_newest()
    with (
        new_file.made(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        database.snapshot() as connection,
    ):
        manifest = Manifest(
            revision=newest(),
            release=__version__,
            made=at,
            chains=transfer.chains(connection),
            tables={table.name: _pack(archive, connection, table, tell) for table in rows.tables()},
        )
        archive.writestr(_entry(MANIFEST), msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    return manifest


def _pack(archive: zipfile.ZipFile, connection: Connection, table: Table, tell: Tell) -> Sum:
    adding = Adding()
    tell(table.name, 0)
    with archive.open(_entry(_member(table)), "w", force_zip64=True) as file:
        for number, row in enumerate(rows.read(connection, table), start=1):
            line = rows.line(row)
            adding.add(line)
            file.write(line)
            if number % rows.AT_ONCE == 0:
                tell(table.name, number)
    done = adding.sum()
    tell(table.name, done.rows)
    return done


def load(database: Database, path: Path, *, by: str, at: datetime, tell: Tell) -> Manifest:
    """Fill an empty database from an archive, and look whether all arrived.

    Raises PushmarkError when the archive is not whole or the database not empty; the database is empty as before then.
    """
    with _opened(path) as archive:
        manifest = _manifest(archive, path)
        with transfer.filling(database) as connection:
            for table in rows.tables():
                given = transfer.fill(connection, table, _unpack(archive, table), tell)
                if given != manifest.tables[table.name]:
                    raise _changed(path, f"{_member(table)} is not what its manifest says")
            transfer.verify(connection, Moved(tables=manifest.tables, chains=manifest.chains))
            data = {"made": manifest.made.isoformat(), "release": manifest.release}
            transfer.note(connection, kind="imported", data=data, by=by, at=at)
    return manifest


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FileNotFoundError:
        raise PushmarkError(f"{path}: no such file", "name a file that `pushmark-bot export` wrote") from None
    except _DAMAGED as error:
        raise _changed(path, str(error)) from None
    except OSError as error:
        raise PushmarkError(f"{path}: cannot be read: {error.strerror or error}", "check the file") from None


def _manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    expected = {MANIFEST, *(_member(table) for table in rows.tables())}
    if any(one.flag_bits & _ENCRYPTED or one.compress_type not in _PACKED for one in archive.infolist()):
        raise _changed(path, "its files are packed in another way")
    try:
        with archive.open(MANIFEST) as file:
            manifest = msgspec.json.decode(file.read(LONGEST_MANIFEST), type=Manifest)
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
        raise PushmarkError(
            f"{path}: this is no archive of a course database", "name a file that `pushmark-bot export` wrote"
        ) from None
    if manifest.revision != newest():
        raise PushmarkError(
            f"{path}: made by release {manifest.release} (revision {manifest.revision}, not {newest()})",
            "import it with that release, then upgrade: pushmark-bot db upgrade",
        )
    if set(archive.namelist()) != expected or len(archive.namelist()) != len(expected):
        raise _changed(path, "its files are not those of an archive")
    if {f"tables/{name}.jsonl" for name in manifest.tables} | {MANIFEST} != expected:
        raise _changed(path, "its manifest does not name every table")
    return manifest


def _unpack(archive: zipfile.ZipFile, table: Table) -> Iterator[Row]:
    with archive.open(_member(table)) as file:
        while line := file.readline(LONGEST_LINE):
            yield rows.parse(table, line)


def _member(table: Table) -> str:
    return f"tables/{table.name}.jsonl"


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _WHOLE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = new_file.OWNER_ONLY << 16
    return entry


def _changed(path: Path, why: str) -> PushmarkError:
    return PushmarkError(
        f"{path}: the archive is damaged, or was changed: {why}", "take another copy of it; nothing was imported"
    )
