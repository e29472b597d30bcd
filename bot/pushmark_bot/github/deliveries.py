"""The app's own list of what GitHub sent to its webhook address. PyGithub has no method for it, but signs and sends."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec
from github import Auth, Github

from pushmark_bot.github.library import API_VERSION, PAGE, SECONDS
from pushmark_bot.github.port import GitHubError, Patience
from pushmark_bot.github.retry import Retrying

LIST = "/app/hook/deliveries"
T = TypeVar("T")


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One try to deliver a webhook. `guid` is the delivery's, which all its tries share."""

    id: int
    guid: str
    at: datetime
    status: int
    event: str
    action: str

    @property
    def arrived(self) -> bool:
        """Whether somebody took it."""
        return 200 <= self.status < 300


class _Item(msgspec.Struct, frozen=True):
    """What we read of an item of GitHub's list."""

    id: int
    guid: str
    delivered_at: datetime
    status_code: int
    event: str
    action: str | None


class SentHooks:
    """What was sent to the address of an app, asked for in the app's own name."""

    def __init__(self, *, app: int, private_key: str, api_url: str, patience: Patience, sleep: Callable[[float], None]):
        self._retrying = Retrying(patience, sleep)
        self._library = Github(
            auth=Auth.AppAuth(app, private_key),
            base_url=api_url.rstrip("/"),
            api_version=API_VERSION,
            user_agent="pushmark-bot",
            timeout=SECONDS,
            retry=None,
            seconds_between_requests=patience.between_requests,
            seconds_between_writes=patience.between_writes,
        )

    def close(self) -> None:
        """Hang up."""
        self._library.close()

    def sent(self, since: datetime) -> list[Sent]:
        """Every try since then, newest first."""
        found: list[Sent] = []
        asked = {"per_page": str(PAGE)}
        while True:
            headers, page = self._ask("GET", LIST, asked, "read the list of webhook deliveries")
            items = _read(page)
            found += [_sent(one) for one in items if one.delivered_at >= since]
            cursor = _next(headers.get("link", ""))
            if not cursor or not items or items[-1].delivered_at < since:
                return found
            asked = {"per_page": str(PAGE), "cursor": cursor}

    def send_again(self, delivery: int) -> None:
        """Have a delivery sent again under the same guid; `delivery` is the id of one of its tries."""
        self._ask("POST", f"{LIST}/{delivery}/attempts", None, f"have delivery {delivery} sent again")

    def _ask(self, method: str, path: str, parameters: dict[str, str] | None, doing: str) -> tuple[dict[str, str], Any]:
        def send() -> tuple[dict[str, str], Any]:
            headers, answer = self._library.requester.requestJsonAndCheck(method, path, parameters=parameters)
            return {name.lower(): str(value) for name, value in headers.items()}, answer

        return self._retrying.attempt(send, doing)


def _read(page: object) -> list[_Item]:
    try:
        return msgspec.convert(page, list[_Item])
    except msgspec.ValidationError as wrong:
        step = "Set api_url to the address of GitHub's API."
        raise GitHubError(f"Could not read the list of webhook deliveries: {wrong}.", step) from None


def _sent(item: _Item) -> Sent:
    return Sent(
        id=item.id,
        guid=item.guid,
        at=item.delivered_at.astimezone(UTC),
        status=item.status_code,
        event=item.event,
        action=item.action or "",
    )


def _next(link: str) -> str:
    """The cursor of the next page, "" after the last."""
    found = re.search(r'<([^>]+)>;\s*rel="next"', link)
    return parse_qs(urlsplit(found[1]).query).get("cursor", [""])[0] if found is not None else ""
