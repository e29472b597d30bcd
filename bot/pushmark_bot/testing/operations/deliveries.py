"""What an app can ask about its own webhooks: which were sent, what came of them, and to send one again."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

from pushmark_bot.testing.answers import Answers, stamp
from pushmark_bot.testing.contract import Json
from pushmark_bot.testing.operations.area import Answer, Area, Call, RefusedError
from pushmark_bot.testing.store import Store


class Hook(Protocol):
    """Where a delivery went."""

    @property
    def installation(self) -> int: ...


class Delivery(Protocol):
    """What was delivered."""

    @property
    def guid(self) -> str: ...

    @property
    def event(self) -> str: ...

    @property
    def action(self) -> str: ...

    @property
    def hook(self) -> Hook: ...


class Try(Protocol):
    """One time that a delivery was sent."""

    @property
    def id(self) -> int: ...

    @property
    def delivery(self) -> Delivery: ...

    @property
    def at(self) -> datetime: ...

    @property
    def seconds(self) -> float: ...

    @property
    def status(self) -> int: ...

    @property
    def again(self) -> bool: ...


class Sender(Protocol):
    """Whoever sends webhooks, and remembers what came of it."""

    @property
    def tries(self) -> Sequence[Try]: ...

    def redeliver(self, guid: str) -> None: ...


class Deliveries(Area):
    """Operations about webhook deliveries."""

    def __init__(self, store: Store, answers: Answers, sender: Sender) -> None:
        super().__init__(store, answers)
        self.sender = sender

    @property
    def by_id(self) -> dict[str, Callable[[Call], Answer]]:
        return {
            "apps/list-webhook-deliveries": self.list_deliveries,
            "apps/redeliver-webhook-delivery": self.redeliver,
        }

    def list_deliveries(self, call: Call) -> Answer:
        """Newest first; a cursor says where the next page begins."""
        size = min(int(call.query.get("per_page", "30")), 100)
        listed = [one for one in reversed(self._tries(call)) if _has(one, call.query.get("status"))]
        cursor = call.query.get("cursor", "")
        if cursor:
            listed = [one for one in listed if one.id <= int(cursor)]
        headers = {}
        if len(listed) > size:
            query = urlencode({**call.query, "per_page": size, "cursor": listed[size].id})
            headers["Link"] = f'<{self.answers.api}{call.path}?{query}>; rel="next"'
        return Answer(body=[self._item(one) for one in listed[:size]], headers=headers)

    def redeliver(self, call: Call) -> Answer:
        wanted = [one for one in self._tries(call) if str(one.id) == call.names["delivery_id"]]
        if not wanted:
            raise RefusedError(404, "Not Found")
        self.sender.redeliver(wanted[0].delivery.guid)
        return Answer(status=202, body={})

    def _tries(self, call: Call) -> list[Try]:
        """What was sent to the app that asks, which has to sign for itself."""
        app = self.store.apps.get(call.caller.itself or 0)
        if app is None:
            raise RefusedError(401, "A JSON web token could not be decoded")
        return [one for one in list(self.sender.tries) if one.delivery.hook.installation in app.installations]

    def _item(self, one: Try) -> Json:
        known = {
            "id": one.id,
            "guid": one.delivery.guid,
            "delivered_at": stamp(one.at),
            "redelivery": one.again,
            "duration": round(one.seconds, 2),
            "status": _in_words(one.status),
            "status_code": one.status or 502,
            "event": one.delivery.event,
            "action": one.delivery.action or None,
            "installation_id": one.delivery.hook.installation,
            "repository_id": None,
        }
        return self.answers.plain("hook-delivery-item", known)


def _has(one: Try, status: str | None) -> bool:
    failed = not 200 <= one.status < 400
    return status is None or (status == "failure") == failed


def _in_words(status: int) -> str:
    if status == 0:
        return "failed to connect to host"
    return "OK" if 200 <= status < 300 else "Invalid HTTP Response"
