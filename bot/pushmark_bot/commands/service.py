"""`pushmark-bot serve`: what runs on the server."""

from pathlib import Path

import click

from pushmark_bot.commands.options import config_file
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
