"""`pushmark-bot serve` and `worker`: what runs on servers."""

from pathlib import Path

import click

from pushmark_bot.commands.options import config_file
from pushmark_bot.service.config import load


@click.command("serve")
@config_file
def serve(config: Path) -> None:
    """Take webhooks, grade what is pushed, and answer on the pull request: all in this process.

    With PostgreSQL, `worker` processes may share the work, and with `graders = 0` they do all of it.

    Ends with SIGINT or SIGTERM, after what is under way. All state is in the database, so that it may also be killed.

    \b
    Example:
      pushmark-bot serve --config /etc/pushmark/pushmark-bot.toml
    """
    from pushmark_bot.service.serve import serve as run  # noqa: PLC0415  (a web server: not for --help)

    run(load(config), lambda line: click.echo(line, err=True))


@click.command("worker")
@config_file
def worker(config: Path) -> None:
    """Grade what is pushed, and answer on the pull request, beside a `serve` that takes the webhooks.

    Any number may run, on any host that reaches the same PostgreSQL and has the labs, the seeds and the app's key. Ends
    with SIGINT or SIGTERM, after what is under way; what a killed one had under way is taken up by another.

    \b
    Example:
      PUSHMARK_BOT_GRADERS=4 pushmark-bot worker --config /etc/pushmark/pushmark-bot.toml
    """
    from pushmark_bot.service.worker import work as run  # noqa: PLC0415  (a queue: not for --help)

    run(load(config), lambda line: click.echo(line, err=True))
