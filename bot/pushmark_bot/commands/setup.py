"""`pushmark-bot setup`: from an organisation to an app that is registered, with its configuration."""

import re
import webbrowser
from pathlib import Path

import click
from pushmark_graders.errors import PushmarkError

from pushmark_bot.commands.options import config_file
from pushmark_bot.github.itself import AppItself
from pushmark_bot.setup import credentials, page
from pushmark_bot.setup.credentials import Registered, Served
from pushmark_bot.setup.manifest import as_json, manifest

_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?")
_PUBLIC = re.compile(r"https?://[^/?#@\s]+")


@click.command("setup")
@click.option("--organisation", metavar="NAME", help="The GitHub organisation that the app will belong to.")
@click.option("--name", default="", help="What the app is called on GitHub; unique there.  [default: Pushmark NAME]")
@click.option(
    "--public-url",
    default="",
    metavar="URL",
    help="Where GitHub reaches the bot, such as https://bot.example.org; without it the bot asks GitHub itself.",
)
@click.option("--provisioning", is_flag=True, help="Let the app make learners' repositories as well.")
@click.option("--no-browser", is_flag=True, help="Show the address of the page, and open no browser.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The page's port.  [default: any that is free]")
@click.option("--api-url", default="https://api.github.com", show_default=True, help="GitHub's API.")
@click.option("--web-url", default="https://github.com", show_default=True, help="GitHub's pages.")
@click.option(
    "--minutes", type=click.FloatRange(min=0), default=15.0, show_default=True, help="How long to wait for the click."
)
@click.option("--manifest", "only_manifest", is_flag=True, help="Print the app's manifest, and do nothing.")
@config_file
def setup(
    *,
    organisation: str | None,
    name: str,
    public_url: str,
    provisioning: bool,
    no_browser: bool,
    port: int,
    api_url: str,
    web_url: str,
    minutes: float,
    only_manifest: bool,
    config: Path,
) -> None:
    """Register the bot's GitHub App with one click, and write its configuration and secrets.

    \b
    Example:
      pushmark-bot setup --organisation example-school --public-url https://bot.example.org
    """  # fmt: skip
    served = Served(api_url=api_url.rstrip("/"), web_url=web_url.rstrip("/"), public_url=public_url.rstrip("/"))
    _check(organisation, served, only_manifest=only_manifest)
    name = name or f"Pushmark {organisation or ''}"
    if only_manifest:
        click.echo(as_json(manifest(name=name, public_url=served.public_url, provisioning=provisioning)))
        return
    credentials.require_room(config.resolve())
    with page.showing(port) as shown:
        asked = manifest(name=name, public_url=served.public_url, redirect_url=shown.back, provisioning=provisioning)
        action = f"{served.web_url}/organizations/{organisation}/settings/apps/new"
        shown.offer(manifest=as_json(asked), action=action, origin=served.web_url)
        click.echo(f"Open {shown.url} and press the button; an owner of {organisation} has to be signed in.", err=True)
        if not no_browser:
            webbrowser.open(shown.url)
        code = shown.code(minutes * 60)
    made = credentials.convert(AppItself(api_url=served.api_url, seconds=30), code)
    credentials.keep(made, config.resolve(), served)
    click.echo(_next(made, config, organisation or ""))


def _check(organisation: str | None, served: Served, *, only_manifest: bool) -> None:
    if organisation is None and not only_manifest:
        raise PushmarkError("--organisation: missing", "name the GitHub organisation that the course lives in")
    if organisation is not None and not _LOGIN.fullmatch(organisation):
        raise PushmarkError(f"--organisation: {organisation!r} is no name of one", "take it from its address")
    if served.public_url and not _PUBLIC.fullmatch(served.public_url):
        raise PushmarkError(f"--public-url: {served.public_url!r} is no address", "give https://HOST without a path")
    for option, url in (("--api-url", served.api_url), ("--web-url", served.web_url)):
        if not re.fullmatch(r"https?://[^?#@\s;,'\"]+", url):
            raise PushmarkError(f"{option}: {url!r} is no web address", "give https://HOST, or leave it out")


def _next(made: Registered, config: Path, organisation: str) -> str:
    """What was made, and what to type next."""
    files = [config.name, credentials.KEY, credentials.CLIENT_ID, credentials.CLIENT_SECRET]
    files += [credentials.WEBHOOK] if made.webhook_secret else []
    install = f"{made.html_url.rstrip('/')}/installations/new"
    return "\n".join(
        [
            f"{made.slug} is registered, app {made.id}. Written to {config.resolve().parent}: {', '.join(files)}",
            "Next:",
            f"  1. install it on {organisation}: {install}",
            "     and note the number at the end of the address that you come to",
            "  2. pushmark-bot db upgrade",
            f"  3. pushmark-bot course add COURSE --title TITLE --organisation {organisation} --installation NUMBER",
            "     and put a long random text into seeds/COURSE.seed (chmod 600)",
            "  4. pushmark-bot doctor",
            "  5. pushmark-bot serve",
        ]
    )
