"""Procrastinate's tables beside ours on PostgreSQL."""

from pathlib import Path

import pytest
from procrastinate import App, SyncPsycopgConnector
from procrastinate.schema import SchemaManager
from pushmark_bot.db import jobs
from pushmark_bot.db.store import Database, DatabaseError
from sqlalchemy import text


@pytest.fixture
def shared(postgresql: str) -> Database:
    """An empty PostgreSQL database."""
    return Database(postgresql)


def test_upgrade_makes_them_as_procrastinate_wants_them(shared: Database, postgresql: str) -> None:
    shared.upgrade()
    with App(connector=SyncPsycopgConnector(conninfo=postgresql)).open() as app:
        assert app.check_connection()
    shared.require_newest()
    shared.close()


def test_steps_that_are_new_are_taken_once(shared: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared.upgrade()
    for name, script in (("90.00.00_01_a.sql", "SELECT 7 % 2"), ("90.00.00_50_b.sql", "CREATE TABLE step_b (n int)")):
        (tmp_path / name).write_text(script)
    monkeypatch.setattr(SchemaManager, "get_migrations_path", lambda: str(tmp_path))
    with pytest.raises(DatabaseError, match="is of an older release"):
        shared.require_newest()
    shared.upgrade()
    shared.upgrade()
    shared.require_newest()
    with shared.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM step_b")) == 0
    shared.close()


def test_tables_that_somebody_else_made_are_left_to_them(shared: Database) -> None:
    with shared.engine.begin() as connection:
        jobs.upgrade(connection)
        connection.execute(text("COMMENT ON TABLE procrastinate_jobs IS NULL"))
    shared.upgrade()
    shared.require_newest()
    shared.close()
