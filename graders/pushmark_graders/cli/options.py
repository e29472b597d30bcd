"""Options that several commands share."""

from collections.abc import Callable
from typing import Any

import click


def policy(default: str, about: str) -> Callable[[Any], Any]:
    """`--policy NAME|FILE`, passed on as `policy`."""
    return click.option(
        "--policy",
        default=default,
        show_default=True,
        metavar="NAME|FILE",
        help=f"{about} One of strict, standard and local, or a TOML file.",
    )


cold = click.option(
    "--cold", is_flag=True, help="Start every worker anew: slower, and a way to see that warm workers change nothing."
)
