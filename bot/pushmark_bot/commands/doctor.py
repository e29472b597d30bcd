"""`pushmark-bot doctor`: is everything there that the bot needs?"""

import os
import sys
from pathlib import Path

import click
import msgspec

from pushmark_bot.commands.options import config_file


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@config_file
def doctor(*, as_json: bool, config: Path) -> None:
    """Look at everything that the bot needs, and say what is wrong and what to do next.

    It writes nothing, and may be run while the bot runs, as the same user.

    Exit status: 0 all is right, 2 something must be mended.
    """
    from pushmark_bot.doctor.examine import examine  # noqa: PLC0415  (a web client and the sandbox: not for --help)

    found = []
    for one in examine(config, os.environ):
        found.append(one)
        if not as_json:
            colour = {"right": "green", "wrong": "red", "unknown": None}[one.state]
            click.secho(str(one), fg=colour if sys.stdout.isatty() else None)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    sys.exit(2 if any(one.state != "right" for one in found) else 0)
