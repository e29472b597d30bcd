"""A database to test on: SQLite in a file, and PostgreSQL where it is installed (in CI it must be)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pushmark_bot.db.store import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An up-to-date database that is empty."""
    opened = Database(f"sqlite:///{tmp_path / 'pushmark.db'}")
    opened.upgrade()
    yield opened
    opened.close()
