"""The looks in their order. Each stands for itself; those that need another one's answer say that they wait for it."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pushmark_graders.errors import PushmarkError
from sqlalchemy import select

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Course
from pushmark_bot.doctor import hosting, registered
from pushmark_bot.doctor.finding import Finding, of, right, unknown, within
from pushmark_bot.doctor.registered import App, Place
from pushmark_bot.github.itself import AppItself
from pushmark_bot.service.config import Config

DISK, NETWORK, SANDBOX = 30.0, 40.0, 120.0
"""Seconds that a look may take: at a disk or database, at GitHub, at the sandbox."""
CHECKS = (
    "configuration",
    "private key",
    "webhook secret",
    "clock",
    "credentials",
    "permissions",
    "events",
    "webhook",
    "public address",
    "deliveries",
    "database",
    "disk",
    "event log COURSE",
    "installation COURSE",
    "seed COURSE",
    "lab COURSE/LAB",
    "sandbox",
)
"""What is looked at, in this order."""


def examine(path: Path, environment: Mapping[str, str], clock: Callable[[], float] = time.time) -> Iterator[Finding]:
    """Look at everything that the configuration at `path` names."""
    found, config = hosting.configuration(path, environment)
    yield found
    if config is None:
        for check in CHECKS[1:]:
            yield unknown(check, "waits for the configuration")
        return
    found, key = hosting.private_key(config)
    yield found
    yield from within(DISK, "webhook secret", partial(hosting.webhook_secret, config))
    github = AppItself(
        api_url=config.api_url, app=config.app.id, private_key=key, seconds=registered.SECONDS, clock=clock
    )
    known: list[App] = []
    yield from within(NETWORK, "credentials", partial(_app, github, config, known, clock))
    places: list[Place] = []
    yield from _storage(config, places)
    yield from _courses(github, config, known, places)
    yield from within(SANDBOX, "sandbox", partial(hosting.sandbox, config))


def _app(github: AppItself, config: Config, known: list[App], clock: Callable[[], float]) -> Iterator[Finding]:
    """What GitHub says of the app, which is put into `known`."""
    try:
        told = github.ask("/app")
    except PushmarkError as trouble:
        yield of("clock", trouble)
        yield from _waiting(CHECKS[4:10], "GitHub")
        return
    found, ahead = registered.clock(told, datetime.fromtimestamp(clock(), UTC))
    yield found
    if not github.signs:
        yield from _waiting(CHECKS[4:10], "the private key")
        return
    found, app = registered.credentials(told, config, ahead)
    yield found
    if app is None:
        yield from _waiting(CHECKS[5:10], "the credentials")
        return
    known.append(app)
    settings = f"{config.web_url}/organizations/{app.owner.login}/settings/apps/{app.slug}"
    yield from registered.permissions(app, settings)
    yield from registered.events(app, config, settings)
    yield from _hook(github, config, settings)


def _hook(github: AppItself, config: Config, settings: str) -> Iterator[Finding]:
    try:
        found, url = registered.webhook(github, config, settings)
    except PushmarkError as trouble:
        found, url = of("webhook", trouble), ""
    yield found
    if not url and found.state == "right":
        yield from (right(check, "none is needed: GitHub is asked") for check in CHECKS[8:10])
        return
    if not url:
        yield from _waiting(CHECKS[8:10], "the webhook")
        return
    yield from within(registered.SECONDS, "public address", partial(registered.address, url))
    yield from within(NETWORK, "deliveries", partial(registered.deliveries, github, settings))


def _storage(config: Config, places: list[Place]) -> Iterator[Finding]:
    """The database; its courses are put into `places`."""
    try:
        opened = Database(config.database_url)
    except PushmarkError as trouble:
        yield of("database", trouble)
        yield from _waiting(CHECKS[11:16], "the database")
        return
    yield from within(DISK, "database", partial(hosting.database, opened))
    yield from within(DISK, "disk", partial(hosting.disk, opened))
    yield from within(DISK, "event log", partial(_known, opened, places))
    opened.close()


def _known(opened: Database, places: list[Place]) -> Iterator[Finding]:
    """What can be read of a database, even of one that cannot be written: event logs, and the courses for `places`."""
    try:
        opened.require_there()
        opened.require_newest()
    except PushmarkError:
        yield from _waiting(CHECKS[12:16], "the database")
        return
    with opened.reading() as session:
        courses = session.scalars(select(Course).order_by(Course.slug)).all()
    places += [Place(slug=one.slug, organisation=one.organisation, installation=one.installation) for one in courses]
    yield from hosting.logs(opened)


def _courses(github: AppItself, config: Config, known: list[App], places: list[Place]) -> Iterator[Finding]:
    for place in places:
        check = f"installation {place.slug}"
        if known:
            look = partial(registered.installation, github, place, known[0], config)
            yield from within(NETWORK, check, look)
        else:
            yield from _waiting((check,), "the credentials")
    yield from within(DISK, "seed", partial(hosting.seeds, config, [place.slug for place in places]))
    if places:
        opened = Database(config.database_url)
        yield from within(DISK, "lab", partial(hosting.labs, opened))
        opened.close()


def _waiting(checks: tuple[str, ...], what: str) -> Iterator[Finding]:
    for check in checks:
        yield unknown(check, f"waits for {what}")
