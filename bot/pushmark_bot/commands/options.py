"""Options that several commands share."""

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pushmark_bot.service.config import FILE

Command = TypeVar("Command", bound=Callable[..., Any])

config_file: Callable[[Command], Command] = click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=FILE,
    show_default=True,
    envvar="PUSHMARK_BOT_CONFIG",
    show_envvar=True,
    help="The bot's configuration.",
)


def whoami() -> str:
    """Who types a command, for the event log."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"
