"""The bot's databases, and how they crash."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tests import postgres

KINDS = ("sqlite", "postgresql")
Missing = postgres.Missing


class Place(Protocol):
    """A database that can be crashed. `url` is its address."""

    url: str

    def crash(self) -> bool:
        """End the database at a bad moment; False where that is left to the caller: kill who uses it."""


class SqliteFile:
    """A file. It has no process of its own: it crashes with the process that writes to it."""

    def __init__(self, file: Path) -> None:
        self.url = f"sqlite:///{file}"
        self._log = file.with_name(f"{file.name}-wal")

    def crash(self) -> bool:
        """Return in the middle of writing."""
        before = self._size()
        end = time.monotonic() + 10
        while self._size() == before and time.monotonic() < end:
            time.sleep(0.0005)
        return False

    def _size(self) -> tuple[int, int]:
        with contextlib.suppress(FileNotFoundError):
            found = self._log.stat()
            return found.st_size, found.st_mtime_ns
        return 0, 0


class PostgresDatabase:
    """A database of a cluster of its own."""

    def __init__(self, cluster: postgres.Cluster) -> None:
        self.url = cluster.new_database()
        self._cluster = cluster

    def crash(self) -> bool:
        """Kill the whole PostgreSQL, and start it again."""
        self._cluster.kill()
        self._cluster.start()
        return True


@contextlib.contextmanager
def database(kind: str) -> Iterator[Place]:
    """A database of this kind for the time of the block."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="pushmark-chaos-") as folder:
            yield SqliteFile(Path(folder, "pushmark.db"))
    else:
        with postgres.running() as cluster:
            yield PostgresDatabase(cluster)
