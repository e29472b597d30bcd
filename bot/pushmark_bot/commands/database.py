"""`pushmark-bot db ...`, `export` and `import`: looking after the database, and carrying it elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from pushmark_bot.commands.options import config_file, whoami
from pushmark_bot.db import archive, transfer
from pushmark_bot.db.backup import backup as write_backup
from pushmark_bot.db.store import Database
from pushmark_bot.db.transfer import Tell
from pushmark_bot.service.config import load as load_config


@click.group("db")
def command() -> None:
    """Look after the database."""


@contextmanager
def _opened(address: str, *, there: bool = False) -> Iterator[Database]:
    """The database at this address; `there` says that it is not to be made."""
    database = Database(address)
    try:
        if there:
            database.require_there()
        yield database
    finally:
        database.close()


@command.command("upgrade")
@config_file
def upgrade(config: Path) -> None:
    """Make the tables, or bring them up to this release. Make a backup first."""
    with _opened(load_config(config).database_url) as database:
        before, now = database.upgrade()
    click.echo(f"the tables are up to date ({now})" if before == now else f"upgraded: {before or 'nothing'} to {now}")


@command.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@config_file
def backup(file: Path, config: Path) -> None:
    """Copy the SQLite database into the new file FILE, also while the bot runs.

    The copy is read back once. For PostgreSQL use pg_dump.
    """
    with _opened(load_config(config).database_url, there=True) as database:
        size = write_backup(database, file)
    click.echo(f"{file}: {size:,} bytes, whole")


@command.command("copy")
@click.argument("source")
@click.argument("target")
def copy(source: str, target: str) -> None:
    """Copy the database at the address SOURCE into the empty one at TARGET, of either kind. End the bot first.

    All is copied in one transaction, then counted, summed and its event log checked. The password of PostgreSQL
    may be left out of the address: PGPASSWORD and ~/.pgpass are read.

    \b
    Example:
      pushmark-bot db copy sqlite:////var/lib/pushmark/pushmark.db postgresql://bot@db.example/pushmark
    """  # fmt: skip
    with _opened(source, there=True) as full, _opened(target) as empty, _telling() as tell:
        moved = transfer.copy(full, empty, by=whoami(), at=datetime.now(UTC), tell=tell)
    click.echo(f"{moved.rows:,} rows copied and compared, {_logs(moved.chains)}")


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@config_file
def export(file: Path, config: Path) -> None:
    """Write the whole database into the new file FILE: an archive that either kind of database can be filled from.

    It holds names, addresses and grades, and no secret. Keep the seeds as well: they are not in it.
    """
    with _opened(load_config(config).database_url, there=True) as database, _telling() as tell:
        made = archive.write(database, file, at=datetime.now(UTC), tell=tell)
    click.echo(f"{file}: {sum(one.rows for one in made.tables.values()):,} rows, {_logs(made.chains)}")
    for course, chain in made.chains.items():
        click.echo(f"  {course}: {chain.events} events, the last is {chain.last}")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@config_file
def load(file: Path, config: Path) -> None:
    """Fill the database, which must be empty, from the archive FILE that `export` wrote."""
    with _opened(load_config(config).database_url) as database, _telling() as tell:
        made = archive.load(database, file, by=whoami(), at=datetime.now(UTC), tell=tell)
    rows = sum(one.rows for one in made.tables.values())
    click.echo(f"{rows:,} rows imported and compared, {_logs(made.chains)}")


@contextmanager
def _telling() -> Iterator[Tell]:
    """A line about the table that is under way, where somebody watches; the terminal has it back in the end."""
    stream = sys.stderr
    watched = stream.isatty()

    def tell(table: str, rows: int) -> None:
        if watched:
            stream.write(f"\r\x1b[K{table}: {rows:,} rows")
            stream.flush()

    try:
        yield tell
    finally:
        if watched:
            stream.write("\r\x1b[K")


def _logs(chains: dict[str, transfer.Chain]) -> str:
    count = len(chains)
    return f"the seal of {count} event {'log' if count == 1 else 'logs'} holds"
