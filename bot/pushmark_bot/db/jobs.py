"""The tables of Procrastinate, which live beside ours on PostgreSQL.

Procrastinate brings a whole schema and small steps between its versions. Which step was the last is written down in
the comment of its largest table.
"""

from pathlib import Path
from typing import Any

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

MARK = "pushmark: upgraded to "


def upgrade(connection: Connection) -> None:
    """Make the tables, or take the steps that are new, in the caller's transaction. Tables that we did not make are
    left to whoever made them."""
    last, newest = _last(connection), _steps()[-1].name
    if last == "":
        return
    if last is None:
        _run(connection, SchemaManager.get_schema())
    else:
        for step in _steps():
            if step.name > last:
                _run(connection, step.read_text())
    _run(connection, f"COMMENT ON TABLE procrastinate_jobs IS '{MARK}{newest}'")


def is_newest(connection: Connection) -> bool:
    """Whether nothing is left to do; also true for tables that somebody else looks after."""
    last = _last(connection)
    return last is not None and (not last or last >= _steps()[-1].name)


def _last(connection: Connection) -> str | None:
    """The last step taken; None without tables, and "" when we did not make them."""
    if connection.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is None:
        return None
    said = connection.scalar(text("SELECT obj_description('procrastinate_jobs'::regclass)")) or ""
    return said.removeprefix(MARK) if said.startswith(MARK) else ""


def _steps() -> list[Path]:
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _run(connection: Connection, script: str) -> None:
    """Run many statements at once, as they are: a `%` in them is no placeholder."""
    driver: Any = connection.connection.driver_connection
    driver.execute(script)
