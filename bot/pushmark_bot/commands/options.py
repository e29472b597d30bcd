"""Options that several commands share."""

import getpass
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from pushmark_graders.errors import PushmarkError

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


def moment(option: str, given: str | None) -> datetime | None:
    """A moment as it was typed. Raises PushmarkError."""
    if given is None:
        return None
    try:
        read = datetime.fromisoformat(given)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise PushmarkError(
            f"{option}: {given!r} is no moment with its time zone",
            "write it so: 2027-01-31T18:00+01:00, or ...Z for UTC",
        )
    return read


def whoami() -> str:
    """Who types a command, for the event log."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"
