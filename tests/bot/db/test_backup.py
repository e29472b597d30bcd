"""A SQLite database is copied while it is in use, and the copy is one."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pushmark_bot.db.backup import backup
from pushmark_bot.db.store import Database, DatabaseError
from pushmark_bot.db.tables import Delivery
from pushmark_graders.errors import PushmarkError

from tests.bot.db import course

AT = datetime(2027, 2, 1, tzinfo=UTC)


def test_a_backup_holds_what_was_committed_and_nothing_of_what_was_not(database: Database, tmp_path: Path) -> None:
    course.fill(database)
    before = course.counts(database)
    with database.session() as session:
        session.add(Delivery(guid="late", event="e", installation=1, body=b"", received=AT))
        session.flush()
        size = backup(database, tmp_path / "backup.db")
    assert size == (tmp_path / "backup.db").stat().st_size
    copy = Database(f"sqlite:///{tmp_path / 'backup.db'}")
    copy.require_newest()
    assert course.counts(copy) == before
    copy.close()


def test_a_backup_is_readable_for_its_owner_alone_and_overwrites_nothing(database: Database, tmp_path: Path) -> None:
    backup(database, tmp_path / "backup.db")
    assert stat.S_IMODE((tmp_path / "backup.db").stat().st_mode) == 0o600
    before = (tmp_path / "backup.db").read_bytes()
    with pytest.raises(PushmarkError, match="there is a file of this name"):
        backup(database, tmp_path / "backup.db")
    assert (tmp_path / "backup.db").read_bytes() == before


def test_a_folder_that_is_not_there_is_named(database: Database, tmp_path: Path) -> None:
    with pytest.raises(PushmarkError, match=r"nowhere/backup.db: cannot be written: No such file"):
        backup(database, tmp_path / "nowhere" / "backup.db")


def test_a_damaged_database_makes_no_backup(database: Database, tmp_path: Path) -> None:
    course.fill(database)
    database.close()  # the last one to hang up writes the journal into the file
    file = tmp_path / "pushmark.db"
    content = bytearray(file.read_bytes())
    content[4096 * 3 : 4096 * 5] = b"\xff" * 8192
    file.write_bytes(content)
    with pytest.raises(DatabaseError) as refused:
        backup(database, tmp_path / "backup.db")
    assert "restore" in refused.value.next_step
    assert list(tmp_path.glob("*backup*")) == []


def test_postgresql_has_a_tool_of_its_own(postgresql: str, tmp_path: Path) -> None:
    database = Database(postgresql)
    with pytest.raises(PushmarkError, match="PostgreSQL") as refused:
        backup(database, tmp_path / "backup.db")
    assert "pg_dump" in refused.value.next_step
    database.close()
