"""The whole database as one file: written, read into another database, and refused when it is not as it was."""

import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pushmark_bot.course.chain import broken
from pushmark_bot.db import archive, log, rows
from pushmark_bot.db.store import Database, DatabaseError
from pushmark_bot.db.tables import Event
from pushmark_graders.errors import PushmarkError
from sqlalchemy import update

from tests.bot.db import course

AT = datetime(2027, 2, 1, tzinfo=UTC)


def silent(_table: str, _rows: int) -> None:
    """Say nothing."""


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    opened = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    yield opened
    opened.close()


@pytest.fixture
def file(database: Database, tmp_path: Path) -> Path:
    """An archive of a course."""
    course.fill(database)
    archive.write(database, tmp_path / "course.zip", at=AT, tell=silent)
    return tmp_path / "course.zip"


def repacked(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The archive with other files in it."""
    with zipfile.ZipFile(file) as old:
        content = {name: old.read(name) for name in old.namelist()}
    change(content)
    file.unlink()
    with zipfile.ZipFile(file, "w") as new:
        for name, data in content.items():
            new.writestr(name, data)
    return file


def test_an_archive_is_the_same_from_either_kind_and_fills_either(
    either_database: Database, empty: Database, tmp_path: Path
) -> None:
    course.fill(either_database)
    made = archive.write(either_database, tmp_path / "a.zip", at=AT, tell=silent)
    assert archive.load(empty, tmp_path / "a.zip", by="staff", at=AT, tell=silent) == made
    assert course.sums(empty) == course.sums(either_database)
    with empty.reading() as session:
        entries = log.entries(session, 1)
    assert broken(entries) is None
    assert [one.kind for one in entries[-2:]] == ["note", "imported"]
    assert made.chains["ml-101"].last == entries[-2].digest


def test_either_kind_can_be_filled(file: Path, address: str) -> None:
    target = Database(address.replace("pushmark.db", "other.db"))
    made = archive.load(target, file, by="staff", at=AT, tell=silent)
    assert made.tables["person"].rows == course.LEARNERS
    with target.snapshot() as connection:
        person = next(table for table in rows.tables() if table.name == "person")
        assert rows.summed(connection, person) == made.tables["person"]
    target.close()


def test_only_who_wrote_it_can_read_it(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_never_overwritten(file: Path, database: Database) -> None:
    before = file.read_bytes()
    with pytest.raises(PushmarkError, match="there is a file of this name"):
        archive.write(database, file, at=AT, tell=silent)
    assert file.read_bytes() == before


def test_every_column_of_every_table_is_in_it(file: Path) -> None:
    with zipfile.ZipFile(file) as opened:
        for table in rows.tables():
            first = json.loads(opened.read(f"tables/{table.name}.jsonl").splitlines()[0])
            assert set(first) == {column.name for column in table.columns}


def test_a_database_with_rows_is_refused_and_left_as_it_is(file: Path, database: Database) -> None:
    before = course.sums(database)
    with pytest.raises(DatabaseError, match="is not empty"):
        archive.load(database, file, by="staff", at=AT, tell=silent)
    assert course.sums(database) == before


def less_points(content: dict[str, bytes]) -> None:
    content["tables/override.jsonl"] = content["tables/override.jsonl"].replace(b"2.5", b"9.5")


def one_row_less(content: dict[str, bytes]) -> None:
    content["tables/push.jsonl"] = content["tables/push.jsonl"].split(b"\n", 1)[1]


def one_table_less(content: dict[str, bytes]) -> None:
    del content["tables/push.jsonl"]


def something_else(content: dict[str, bytes]) -> None:
    content["../../etc/passwd"] = b""


def another_column(content: dict[str, bytes]) -> None:
    content["tables/push.jsonl"] = content["tables/push.jsonl"].replace(b'"sha"', b'"shoe"')


def another_type(content: dict[str, bytes]) -> None:
    content["tables/override.jsonl"] = content["tables/override.jsonl"].replace(b"2.5", b'"2.5"')


def another_release(content: dict[str, bytes]) -> None:
    content["manifest.json"] = content["manifest.json"].replace(b'"revision": "', b'"revision": "9')


def no_manifest(content: dict[str, bytes]) -> None:
    content["manifest.json"] = b"{}"


def another_event_with_its_sum(content: dict[str, bytes]) -> None:
    """Whoever mends the sum too still breaks the seal."""
    changed = content["tables/event.jsonl"].replace(b'"actor":"staff"', b'"actor":"stuff"', 1)
    adding = rows.Adding()
    for line in changed.splitlines(keepends=True):
        adding.add(line)
    manifest = json.loads(content["manifest.json"])
    manifest["tables"]["event"]["sha256"] = adding.sum().sha256
    content["manifest.json"] = json.dumps(manifest).encode()
    content["tables/event.jsonl"] = changed


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (less_points, r"tables/override.jsonl is not what its manifest says"),
        (one_row_less, r"tables/push.jsonl is not what its manifest says"),
        (one_table_less, "its files are not those of an archive"),
        (something_else, "its files are not those of an archive"),
        (another_column, "a row of push is none"),
        (another_type, "a row of override is none"),
        (another_release, "made by release .*revision 9"),
        (no_manifest, "this is no archive of a course database"),
        (another_event_with_its_sum, "event 1 of ml-101 is not as it was written"),
    ],
)
def test_an_archive_that_was_changed_leaves_nothing_behind(
    file: Path, empty: Database, change: Callable[[dict[str, bytes]], None], told: str
) -> None:
    repacked(file, change)
    with pytest.raises(PushmarkError, match=told) as refused:
        archive.load(empty, file, by="staff", at=AT, tell=silent)
    assert refused.value.next_step
    assert not empty.revision() or not any(course.counts(empty).values())


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.99])
def test_half_an_archive_is_refused(file: Path, empty: Database, keep: float) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: int(keep * len(whole)) if keep < 1 else int(keep)])
    with pytest.raises(PushmarkError, match="damaged"):
        archive.load(empty, file, by="staff", at=AT, tell=silent)


@pytest.mark.parametrize("table", ["attempt", "event", "person"])
def test_a_flipped_bit_is_found(file: Path, empty: Database, table: str) -> None:
    with zipfile.ZipFile(file) as opened:
        member = opened.getinfo(f"tables/{table}.jsonl")
    whole = bytearray(file.read_bytes())
    whole[member.header_offset + 80 + member.compress_size // 2] ^= 1  # well behind the header, whose parts stand twice
    file.write_bytes(whole)
    with pytest.raises(PushmarkError) as refused:
        archive.load(empty, file, by="staff", at=AT, tell=silent)
    assert "take another" in refused.value.next_step
    assert not empty.revision() or not any(course.counts(empty).values())


def test_a_log_that_was_changed_is_not_exported_as_if_it_were_right(database: Database, tmp_path: Path) -> None:
    course.fill(database)
    with database.session() as session:
        session.execute(update(Event).where(Event.number == 3).values(kind="other"))
    with pytest.raises(PushmarkError, match="event 3 of ml-101"):
        archive.write(database, tmp_path / "course.zip", at=AT, tell=silent)
    assert list(tmp_path.glob("*course.zip*")) == []
