"""What an app can ask about its own webhooks: which were sent, and what came of them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from pushmark_bot.testing.answers import Answers, stamp
from pushmark_bot.testing.contract import Json
from pushmark_bot.testing.operations.area import Answer, Area, Call, RefusedError
from pushmark_bot.testing.store import Store


class Hook(Protocol):
    """Where a delivery went."""

    @property
    def installation(self) -> int: ...


class Delivery(Protocol):
    """What was delivered; `statuses` has an entry for each try."""

    guid: str
    event: str
    action: str
    statuses: list[int]

    @property
    def hook(self) -> Hook: ...


class Deliveries(Area):
    """Operations about webhook deliveries."""

    def __init__(self, store: Store, answers: Answers) -> None:
        super().__init__(store, answers)
        self.sent: Sequence[Delivery] = ()

    @property
    def by_id(self) -> dict[str, Callable[[Call], Answer]]:
        return {"apps/list-webhook-deliveries": self.list_deliveries}

    def list_deliveries(self, call: Call) -> Answer:
        app = self.store.apps.get(call.caller.itself or 0)
        if app is None:
            raise RefusedError(401, "A JSON web token could not be decoded")
        tries = [
            (one, again, status)
            for one in self.sent
            if one.hook.installation in app.installations
            for again, status in enumerate(one.statuses)
        ]
        items = [self._item(number, *one) for number, one in enumerate(tries, start=1)]
        size = min(int(call.query.get("per_page", "30")), 100)
        return Answer(body=items[::-1][:size])

    def _item(self, number: int, one: Delivery, again: int, status: int) -> Json:
        known = {
            "id": number,
            "guid": one.guid,
            "delivered_at": stamp(datetime.now(UTC)),
            "redelivery": again > 0,
            "duration": 0.1,
            "status": "OK" if 200 <= status < 300 else "Invalid HTTP Response",
            "status_code": status or 502,
            "event": one.event,
            "action": one.action or None,
            "installation_id": one.hook.installation,
            "repository_id": None,
        }
        return self.answers.plain("hook-delivery-item", known)
