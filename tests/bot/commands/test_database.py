"""`pushmark-bot db ...`, `export` and `import`, as an operator types them, on good days and bad ones."""

import os
import sqlite3
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pushmark_bot import cli
from pushmark_bot.db.store import Database

from tests.bot.commands.small_disk import on_read_only_disk, on_small_disk
from tests.bot.db import course

PROGRAM = str(Path(sys.executable).with_name("pushmark-bot"))
CONFIG = """schema = 1
policy = "local"
poll_seconds = 60
[app]
id = 1
slug = "pushmark-course"
private_key_file = "app.pem"
"""
SECRETS = {"app.pem": "the app's private key", "webhook.secret": "the webhooks' secret", "seeds/ml-101.seed": "a seed"}


@dataclass
class Desk:
    """An operator's folder: the configuration, secrets, and a database with a course."""

    folder: Path
    patch: pytest.MonkeyPatch
    printed: pytest.CaptureFixture[str]

    def type(self, *arguments: str, status: int = 0) -> str:
        """Run a command in this process; returns all that it printed."""
        self.patch.setattr("sys.argv", ["pushmark-bot", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self.printed.readouterr()
        assert int(str(ended.value.code or 0)) == status, said
        return said.out + said.err


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A desk."""
    (tmp_path / "desk" / "seeds").mkdir(parents=True)
    for name, content in SECRETS.items():
        (tmp_path / "desk" / name).write_text(content)
    (tmp_path / "desk" / "pushmark-bot.toml").write_text(CONFIG)
    database = Database(f"sqlite:///{tmp_path / 'desk' / 'pushmark.db'}")
    database.upgrade()
    course.fill(database)
    database.close()
    monkeypatch.chdir(tmp_path / "desk")
    return Desk(tmp_path / "desk", monkeypatch, capsys)


@pytest.fixture
def here(desk: Desk) -> Iterator[Database]:
    """The desk's database."""
    opened = Database(f"sqlite:///{desk.folder / 'pushmark.db'}")
    yield opened
    opened.close()


def test_a_course_goes_to_postgresql_and_back_through_a_file(desk: Desk, here: Database, postgresql: str) -> None:
    said = desk.type("db", "copy", "sqlite:///pushmark.db", postgresql)
    assert "rows copied and compared, the seal of 1 event log holds" in said
    desk.patch.setenv("PUSHMARK_BOT_DATABASE", postgresql)
    assert "the seal of 1 event log holds" in desk.type("export", "course.zip")
    desk.patch.delenv("PUSHMARK_BOT_DATABASE")
    here.close()
    (desk.folder / "pushmark.db").rename(desk.folder / "old.db")
    for rest in desk.folder.glob("pushmark.db-*"):
        rest.unlink()
    assert "rows imported and compared" in desk.type("import", "course.zip")
    old = Database(f"sqlite:///{desk.folder / 'old.db'}")
    new = Database(f"sqlite:///{desk.folder / 'pushmark.db'}")
    assert course.sums(old) == course.sums(new)
    for one in (old, new):
        one.close()
    log = desk.type("course", "log", "ml-101")
    assert log.count("(command line): copied") == log.count("(command line): imported") == 1
    assert "the seal holds" in log


def test_no_secret_is_in_an_archive(desk: Desk) -> None:
    desk.type("export", "course.zip")
    with zipfile.ZipFile(desk.folder / "course.zip") as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert b"s-1" in whole
    assert not any(secret.encode() in whole for secret in SECRETS.values())


def test_an_export_tells_the_last_digest_of_each_log_to_keep_elsewhere(desk: Desk) -> None:
    last = sqlite3.connect(desk.folder / "pushmark.db").execute("select digest from event where number = 5").fetchone()
    assert f"ml-101: 5 events, the last is {last[0]}" in desk.type("export", "course.zip")


def test_a_backup_is_taken_and_can_be_put_back(desk: Desk, here: Database) -> None:
    before = course.sums(here)
    assert "backup.db: " in desk.type("db", "backup", "backup.db")
    here.close()
    for name in ("pushmark.db", "pushmark.db-wal", "pushmark.db-shm"):
        (desk.folder / name).unlink(missing_ok=True)
    (desk.folder / "backup.db").rename(desk.folder / "pushmark.db")
    assert course.sums(here) == before


REFUSED = [
    (["db", "copy", "sqlite:///gone.db", "sqlite:///new.db"], "gone.db: no such file"),
    (["db", "copy", "sqlite:///pushmark.db", "sqlite:///pushmark.db"], "is not empty"),
    (["db", "copy", "pushmark.db", "sqlite:///new.db"], "expected an address"),
    (["db", "copy", "sqlite:///pushmark.db", "postgresql://bot:hunter2@127.0.0.1:9/none"], "start PostgreSQL"),
    (["import", "gone.zip"], "gone.zip: no such file"),
    (["import", "pushmark-bot.toml"], "the archive is damaged"),
    (["export", "pushmark.db"], "there is a file of this name"),
    (["export", "nowhere/course.zip"], "cannot be written: No such file or directory"),
    (["db", "backup", "seeds"], "there is a file of this name"),
]


def test_what_cannot_be_is_refused_with_the_next_step_and_changes_nothing(desk: Desk, here: Database) -> None:
    before = course.sums(here)
    for arguments, told in REFUSED:
        said = desk.type(*arguments, status=2)
        assert told in said
        assert "Next: " in said
        assert "hunter2" not in said
    assert course.sums(here) == before
    assert not (desk.folder / "gone.db").exists()


def test_a_database_of_a_newer_release_is_left_alone(desk: Desk, here: Database) -> None:
    with here.writing() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    before = course.sums(here)
    for arguments in (["db", "upgrade"], ["export", "a.zip"], ["serve"], ["course", "log", "ml-101"]):
        said = desk.type(*arguments, status=2)
        assert "was made by a newer Pushmark (revision 9999)" in said
        assert "install that release, or restore a backup" in said
    assert course.sums(here) == before


WHAT_IS_THERE = """
import os, sqlite3, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
database = sqlite3.connect("pushmark.db")
[whole] = database.execute("pragma integrity_check").fetchone()
[people] = database.execute("select count(*) from person").fetchone()
print(whole, people, sorted(name for name in os.listdir() if "course.zip" in name or "backup.db" in name))
sys.exit(status)
"""
FULL = [
    (40, ["export", "course.zip"], "course.zip: cannot be written: No space left on device"),
    (40, ["db", "backup", "backup.db"], "free some space on the disk of the database"),
    (40, ["course", "roster", "ml-101", "roster.csv"], "free some space on the disk of the database"),
]


@pytest.mark.parametrize(("free", "arguments", "told"), FULL, ids=["export", "backup", "roster"])
def test_a_full_disk_is_told_and_loses_nothing(desk: Desk, free: int, arguments: list[str], told: str) -> None:
    long = "".join(f"new-{number},{os.urandom(95).hex()}\n" for number in range(2000))
    (desk.folder / "roster.csv").write_text(f"identifier,name\n{long}")
    if arguments[0] != "course":
        desk.type("course", "roster", "ml-101", "roster.csv")
    people = course.LEARNERS + (2000 if arguments[0] != "course" else 0)
    used = sum(-(-one.stat().st_size // 4096) * 4 for one in desk.folder.rglob("*") if one.is_file())
    done = on_small_disk(desk.folder, f"{used + free}k", [sys.executable, "-c", WHAT_IS_THERE, PROGRAM, *arguments])
    assert done.returncode == 2, done.stdout + done.stderr
    assert told in done.stderr
    assert "Next: " in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.splitlines()[-1] == f"ok {people} []"


def test_a_disk_that_cannot_be_written_is_told(desk: Desk) -> None:
    for arguments in (["course", "add", "ml-102", "--title", "x", "--organisation", "y"], ["db", "upgrade"]):
        done = on_read_only_disk(desk.folder, [PROGRAM, *arguments])
        assert done.returncode == 2, done.stdout + done.stderr
        assert "writable for this user" in done.stderr
        assert "Traceback" not in done.stderr
