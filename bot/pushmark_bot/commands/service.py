"""`pushmark-bot serve` and `pushmark-bot db ...`: what runs on the server."""

from pathlib import Path

import click

from pushmark_bot.commands.options import config_file
from pushmark_bot.db.store import Database
from pushmark_bot.service.config import load


@click.command("serve")
@config_file
def serve(config: Path) -> None:
    """Take webhooks, grade what is pushed, and answer on the pull request: all in this process.

    Ends with SIGINT or SIGTERM, after what is under way. All state is in the database, so that it may also be killed.

    \b
    Example:
      pushmark-bot serve --config /etc/pushmark/pushmark-bot.toml
    """
    from pushmark_bot.service.serve import serve as run  # noqa: PLC0415  (a web server: not for --help)

    run(load(config), lambda line: click.echo(line, err=True))


@click.group("db")
def database() -> None:
    """Look after the database."""


@database.command("upgrade")
@config_file
def upgrade(config: Path) -> None:
    """Make the tables, or bring them up to this release. Make a backup first."""
    opened = Database(load(config).database_url)
    try:
        before, now = opened.upgrade()
    finally:
        opened.close()
    click.echo(f"the tables are up to date ({now})" if before == now else f"upgraded: {before or 'nothing'} to {now}")
