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


def seed(default: str) -> Callable[[Any], Any]:
    """`--seed TEXT`, passed on as `seed`."""
    return click.option(
        "--seed",
        envvar="PUSHMARK_SEED",
        default=default,
        show_default=True,
        help="The course's secret: hidden inputs are derived from it. Better given as PUSHMARK_SEED.",
    )


def source(default: str) -> Callable[[Any], Any]:
    """`--source OWNER/REPO@REF`, passed on as `source`."""
    return click.option(
        "--source",
        envvar="PUSHMARK_SOURCE",
        default=default,
        show_default=True,
        metavar="OWNER/REPO@REF",
        help="What the template was built with, if a fork: else its workflows look changed.",
    )


cold = click.option(
    "--cold", is_flag=True, help="Start every worker anew: slower, and a way to see that warm workers change nothing."
)
