"""Looks at GitHub: whether the app is who it says, may and hears what it needs, is installed, and is reached."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import requests

from pushmark_bot.doctor.finding import Finding, right, wrong
from pushmark_bot.github.itself import AppItself, Told
from pushmark_bot.github.port import GitHubError
from pushmark_bot.service.config import Config
from pushmark_bot.setup import needs
from pushmark_bot.setup.manifest import HOOKS

MOST_SKEW = 30.0
"""Seconds that clocks may differ. GitHub takes signatures of a minute before and some after."""
LISTED = 100
SECONDS = 10.0
T = TypeVar("T")


class Account(msgspec.Struct, frozen=True):
    login: str = ""


class App(msgspec.Struct, frozen=True, kw_only=True):
    """What GitHub says of the app."""

    id: int
    slug: str = ""
    owner: Account
    permissions: dict[str, str]
    events: list[str]


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """What GitHub says of an installation."""

    id: int
    account: Account | None
    permissions: dict[str, str]
    events: list[str]
    suspended_at: str | None
    html_url: str


class HookConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Where GitHub sends webhooks."""

    url: str = ""
    content_type: str = ""
    insecure_ssl: str | float = "0"
    secret: str = ""


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """One try to deliver."""

    guid: str
    delivered_at: str
    status_code: int
    status: str
    event: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A course, and where it says that it lives."""

    slug: str
    organisation: str
    installation: int | None


def clock(told: Told, now: datetime) -> tuple[Finding, float]:
    """Our clock beside GitHub's, and how many seconds ours is ahead."""
    if told.at is None:
        return wrong("clock", "GitHub's answer carries no time", "check api_url: it may be something else"), 0.0
    ahead = (now.astimezone(UTC) - told.at).total_seconds()
    if abs(ahead) > MOST_SKEW:
        way = "ahead of" if ahead > 0 else "behind"
        step = "set it by NTP: timedatectl set-ntp true"
        return wrong("clock", f"this machine's clock is {abs(ahead):.0f} s {way} GitHub's", step), ahead
    return right("clock", f"{abs(ahead):.0f} s from GitHub's"), ahead


def credentials(told: Told, config: Config, ahead: float) -> tuple[Finding, App | None]:
    """Whether GitHub knows the app by this key, and the app."""
    if told.status == 401 and abs(ahead) > MOST_SKEW:
        return wrong("credentials", "GitHub takes no signature with this clock", "mend the clock first"), None
    if told.status == 401:
        what = f"GitHub does not take this key for app {config.app.id} ({told.message})"
        return wrong("credentials", what, "check app.id, and put the app's newest private key there"), None
    if told.status != 200:
        what = f"GitHub answered {told.status}: {told.message}"
        return wrong("credentials", what, "check app.id and api_url; the app may have been deleted"), None
    app = _read(told, App)
    if app.slug != config.app.slug:
        what = f"app {app.id} is called {app.slug}, not {config.app.slug}"
        return wrong(
            "credentials", what, f'set app.slug to "{app.slug}", or the bot will not know its own comments'
        ), app
    return right("credentials", f"GitHub knows {app.slug} by its key"), app


def permissions(app: App, settings: str) -> Iterator[Finding]:
    """Whether the app may what it needs."""
    lacks = needs.lacking(needs.permissions(), app.permissions)
    if lacks:
        yield wrong("permissions", f"the app lacks {', '.join(lacks)}", f"grant them in {settings}/permissions")
    else:
        yield right("permissions", ", ".join(f"{name}: {one}" for name, one in sorted(app.permissions.items())))


def events(app: App, config: Config, settings: str) -> Iterator[Finding]:
    """Whether the app hears what it needs."""
    if not config.app.webhook_secret_file:
        yield right("events", "none are needed: GitHub is asked")
        return
    deaf = sorted(set(needs.events()) - set(app.events))
    if deaf:
        yield wrong(
            "events", f"the app does not hear of {', '.join(deaf)}", f"subscribe to them in {settings}/permissions"
        )
    else:
        yield right("events", ", ".join(sorted(app.events)))


def webhook(github: AppItself, config: Config, settings: str) -> tuple[Finding, str]:
    """Where GitHub sends webhooks, and that address ("" for none that can be)."""
    if not config.app.webhook_secret_file:
        return right("webhook", "not used: GitHub is asked"), ""
    hook = _read(github.ask("/app/hook/config"), HookConfig)
    if not hook.url:
        step = f"give https://HOST{HOOKS} and the content of {config.app.webhook_secret_file} in {settings}"
        return wrong("webhook", "GitHub has no address to send to", step), ""
    faults = []
    if urlsplit(hook.url).path != HOOKS:
        faults.append(f"its address does not end with {HOOKS}")
    if hook.content_type != "json":
        faults.append("its content type is not JSON")
    if not hook.secret:
        faults.append("it has no secret")
    if str(hook.insecure_ssl) not in ("0", "0.0"):
        faults.append("certificates are not checked")
    if faults:
        return wrong("webhook", f"{hook.url}: {', '.join(faults)}", f"mend it in {settings}"), hook.url
    return right("webhook", hook.url), hook.url


def address(url: str) -> Iterator[Finding]:
    """Whether the bot answers at the address that GitHub sends to."""
    parts = urlsplit(url)
    health = f"{parts.scheme}://{parts.netloc}/healthz"
    step = (
        "start the bot, and let the web server before it pass this on; a machine that cannot reach itself looks alike"
    )
    try:
        with requests.get(health, timeout=SECONDS / 2, allow_redirects=False) as answer:
            said, healthy = answer.status_code, _is_healthy(answer)
    except (requests.RequestException, ValueError) as trouble:
        yield wrong("public address", f"{health} does not answer ({type(trouble).__name__})", step)
        return
    if healthy:
        yield right("public address", f"{health} answers")
    else:
        yield wrong("public address", f"{health} answers {said}, and is not the bot", step)


def _is_healthy(answer: requests.Response) -> bool:
    try:
        body: Any = answer.json()
    except ValueError:
        return False
    return answer.status_code == 200 and isinstance(body, dict) and body.get("status") == "ok"


def deliveries(github: AppItself, settings: str) -> Iterator[Finding]:
    """Whether what GitHub sent lately has arrived, if not at first then later."""
    told = github.ask(f"/app/hook/deliveries?per_page={LISTED}")
    tries = _read(told, list[Delivered])
    arrived = {one.guid for one in tries if 200 <= one.status_code < 300}
    lost = [one for one in tries if one.guid not in arrived]
    count = len({one.guid for one in tries})
    if not lost:
        yield right("deliveries", f"the last {count} arrived" if count else "none so far")
        return
    last, missing = lost[0], len({one.guid for one in lost})
    what = f"{missing} of the last {count} did not arrive; the newest: {last.event}, {last.status_code} {last.status}"
    yield wrong("deliveries", f"{what}, {last.delivered_at}", f"deliver it again in {settings}/advanced")


def installation(github: AppItself, place: Place, app: App, config: Config) -> Iterator[Finding]:
    """Whether the app is installed where a course lives, with what it needs."""
    check = f"installation {place.slug}"
    if place.installation is None:
        install = f"{config.web_url}/apps/{app.slug}/installations/new"
        step = f"install it ({install}), then `course add {place.slug}` with --installation"
        yield wrong(check, "the course names none, so that nothing is graded", step)
        return
    told = github.ask(f"/app/installations/{place.installation}")
    if told.status == 404:
        what = f"{place.installation} is no installation of this app: it was removed, or never was"
        yield wrong(check, what, f"install the app on {place.organisation} again, and give the new id to `course add`")
        return
    there = _read(told, Installed)
    if there.suspended_at is not None:
        what = f"{place.organisation} suspended it on {there.suspended_at}"
        yield wrong(check, what, f"an owner of {place.organisation} unsuspends it in {there.html_url}")
        return
    account = there.account.login if there.account is not None else ""
    if account.lower() != place.organisation.lower():
        what = f"{place.installation} is on {account or 'nobody'}, not on {place.organisation}"
        yield wrong(check, what, f"give `course add {place.slug}` the right --installation and --organisation")
        return
    lacks = needs.lacking(needs.permissions(), there.permissions)
    deaf = sorted(set(needs.events()) - set(there.events)) if config.app.webhook_secret_file else []
    if lacks or deaf:
        what = f"{account} has not granted {', '.join([*lacks, *deaf])}"
        yield wrong(check, what, f"an owner of {account} accepts the app's new permissions in {there.html_url}")
        return
    yield right(check, f"{place.installation} on {account}")


def _read(told: Told, kind: type[T]) -> T:
    """What an answer says. Raises GitHubError when it is not that."""
    step = "look at https://www.githubstatus.com, and run this again"
    if told.status != 200:
        raise GitHubError(f"GitHub answered {told.status}: {told.message}", step, told.status)
    try:
        return msgspec.convert(told.body, kind)
    except msgspec.ValidationError as fault:
        raise GitHubError(f"GitHub's answer is not one: {fault}", "check api_url in the configuration") from None
