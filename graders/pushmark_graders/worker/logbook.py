"""Keeps what one stage of a pipeline logged to the local MLflow store, and puts it back when the stage is not run.

A page is the difference that a stage made: the rows that are new in each table, and the new files below `mlruns`. It
is a SQLite file of its own, named after what the stage read and wrote.
"""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STORE = "mlflow.db"
ARTEFACTS = "mlruns"
COMMIT = "mlflow.source.git.commit"
_FILES = "pushmark_files"
_File = tuple[str, int, int]


@dataclass
class Page:
    """What a stage logs while it runs; `name` is set once it is known, and nothing is kept without one."""

    name: str = ""


class Logbook:
    """The pages in `folder`. Whatever is wrong with a store is no fault here: then nothing is kept."""

    def __init__(self, folder: Path, commit: str) -> None:
        """`commit` is what is trained now."""
        self._folder = folder
        self._commit = commit
        folder.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def page(self) -> Iterator[Page]:
        """A block in which one stage is run or restored: write down what it logged, or put back what is written."""
        page, files = Page(), _files()
        with tempfile.TemporaryDirectory() as scratch:
            before = Path(scratch, "before.db")
            with contextlib.suppress(OSError):
                shutil.copyfile(STORE, before)
            yield page
            if not page.name:
                return
            with contextlib.suppress(sqlite3.Error, OSError):
                draft = Path(scratch, "page.db")
                if _write(draft, before, sorted(_files() - files)):
                    shutil.move(draft, self._folder / f"{page.name}.db")
                elif (self._folder / f"{page.name}.db").is_file():
                    _put_back(self._folder / f"{page.name}.db", self._commit)


def _files() -> set[_File]:
    """The artefacts that are there, with their sizes and times."""
    found = set()
    for parent, _, names in os.walk(ARTEFACTS):
        for name in names:
            status = os.lstat(f"{parent}/{name}")
            found.add((f"{parent}/{name}", status.st_size, status.st_mtime_ns))
    return found


def _write(draft: Path, before: Path, files: list[_File]) -> bool:
    """Write the rows that the store has and `before` has not, and these files; False when there is nothing new."""
    with contextlib.closing(sqlite3.connect(draft)) as page:
        page.execute("attach ? as now", (STORE,))
        page.execute("attach ? as before", (str(before),))
        for table in _tables(page, "now"):
            page.execute(f"create table {table} as select * from now.{table} except select * from before.{table}")  # noqa: S608
        rows = sum(page.execute(f"select count(*) from {table}").fetchone()[0] for table in _tables(page, "main"))  # noqa: S608
        page.execute(f"create table {_FILES} (path text, content blob)")
        for path, _, _ in files:
            page.execute(f"insert into {_FILES} values (?, ?)", (path, Path(path).read_bytes()))  # noqa: S608
        page.commit()
    return bool(rows or files)


def _put_back(page: Path, commit: str) -> None:
    """Log again what the page holds, as runs of `commit`: there they would have had the same inputs."""
    with contextlib.closing(sqlite3.connect(STORE)) as store:
        store.execute("attach ? as page", (str(page),))
        for table in _tables(store, "main"):
            names = [f'"{column[1]}"' for column in store.execute(f"pragma main.table_info({table})")]  # none computed
            columns = ", ".join(names)
            store.execute(f"insert or replace into main.{table} ({columns}) select {columns} from page.{table}")  # noqa: S608
        store.execute(
            "update tags set value = ? where key = ? and run_uuid in (select run_uuid from page.runs)", (commit, COMMIT)
        )
        for path, content in store.execute(f"select path, content from page.{_FILES}"):  # noqa: S608
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_bytes(content)
        store.commit()


def _tables(store: sqlite3.Connection, schema: str) -> list[str]:
    query = f"select name from {schema}.sqlite_master where type = 'table' and name not like 'sqlite_%'"  # noqa: S608
    return [f'"{name}"' for (name,) in store.execute(query)]
