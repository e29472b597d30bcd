"""Webhooks as GitHub sends them: signed, numbered, delivered once, and again when somebody asks.

A delivery carries the same `X-GitHub-Delivery` each time it is sent, and is never repeated by itself. On the way it may
get lost, come twice, or be overtaken, if a `Network` says so.
"""

import hashlib
import hmac
import json
import queue
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pushmark_bot.testing.answers import Answers
from pushmark_bot.testing.contract import Contract, Json
from pushmark_bot.testing.operations import Event

SECONDS_TO_ANSWER = 10
"""GitHub waits this long for a 2xx."""


@dataclass(frozen=True, kw_only=True)
class Hook:
    """Where events go; `events` empty means all of them, `repository` empty means every one. An app's hook has the
    id of its `installation`, and payloads name it."""

    id: int
    url: str
    secret: str
    events: frozenset[str] = frozenset()
    repository: str = ""
    installation: int = 0

    def wants(self, event: Event) -> bool:
        """Whether this hook hears of the event."""
        here = self.repository in ("", event.repository.full_name.lower())
        return here and (not self.events or event.name in self.events)


@dataclass(kw_only=True)
class Delivery:
    """One event on its way to one hook. `statuses` has an entry for each try; 0 is no answer at all."""

    guid: str
    hook: Hook
    event: str
    action: str
    body: bytes
    statuses: list[int] = field(default_factory=list)

    def headers(self) -> dict[str, str]:
        """The headers that GitHub sends with it."""
        return {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/fake",
            "X-GitHub-Delivery": self.guid,
            "X-GitHub-Event": self.event,
            "X-GitHub-Hook-ID": str(self.hook.id),
            "X-Hub-Signature-256": signature(self.hook.secret, self.body),
        }


@dataclass(frozen=True, kw_only=True)
class Try:
    """One time that a delivery was sent, as GitHub lists it. `status` 0 is no answer at all."""

    id: int
    delivery: Delivery
    at: datetime
    seconds: float
    status: int
    again: bool


@dataclass(kw_only=True)
class Network:
    """What may happen to a delivery on its way, each with a probability: it is lost, comes twice, or is overtaken by
    the one after it. Losses are known to GitHub as `failed to connect to host`."""

    lost: float = 0.0
    twice: float = 0.0
    overtaken: float = 0.0
    seed: int = 0
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - the dice of a test

    def has(self, probability: float) -> bool:
        """Throw the dice."""
        return self.chance.random() < probability


@dataclass(frozen=True, kw_only=True)
class _Sending:
    delivery: Delivery
    again: bool = False


def signature(secret: str, body: bytes) -> str:
    """Return the value of X-Hub-Signature-256 for these raw bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Webhooks:
    """Sends events to hooks from a thread of its own, so that a receiver may call the fake back."""

    def __init__(self, contract: Contract, answers: Answers, violations: list[str]) -> None:
        self._contract = contract
        self._answers = answers
        self._violations = violations
        self._hooks: list[Hook] = []
        self._queue: queue.Queue[_Sending | None] = queue.Queue()
        self._held: list[_Sending] = []
        self._thread = threading.Thread(target=self._deliver_all, name="fake-github-webhooks", daemon=True)
        self.deliveries: list[Delivery] = []
        self.tries: list[Try] = []
        self.network = Network()

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Deliver what is queued, then end."""
        self._queue.put(None)
        self._thread.join()

    def add(self, hook: Hook) -> None:
        """Let a hook hear of everything that happens from now on."""
        self._hooks.append(hook)

    def tell(self, event: Event) -> None:
        """Judge the payload by the description and queue it for every hook that wants it."""
        name = "-".join(filter(None, [event.name, event.action])).replace("_", "-")
        payload = self._payload(name, event)
        self._violations += self._contract.webhook_problems(name, payload)
        for hook in self._hooks:
            if hook.wants(event):
                by_app = {"installation": {"id": hook.installation, "node_id": ""}} if hook.installation else {}
                body = json.dumps(payload | by_app).encode()
                guid = str(uuid.uuid4())
                delivery = Delivery(guid=guid, hook=hook, event=event.name, action=event.action, body=body)
                self.deliveries.append(delivery)
                self._queue.put(_Sending(delivery=delivery))

    def redeliver(self, guid: str) -> None:
        """Send a delivery again, the same to the byte."""
        found = next(delivery for delivery in self.deliveries if delivery.guid == guid)
        self._queue.put(_Sending(delivery=found, again=True))

    def wait(self) -> None:
        """Return when everything queued has been sent."""
        self._queue.join()

    def _payload(self, name: str, event: Event) -> Json:
        common = {
            "repository": self._answers.repository(event.repository, "repository-webhooks"),
            "sender": self._answers.user(event.sender.login, event.sender.kind),
        }
        action = {"action": event.action} if event.action else {}
        return self._answers.event(name, action | common | event.payload)

    def _deliver_all(self) -> None:
        while (sending := self._queue.get()) is not None:
            if self._queue.empty() or not self.network.has(self.network.overtaken):
                self._deliver(sending)
                while self._held:
                    self._deliver(self._held.pop(0))
            else:
                self._held.append(sending)
            self._queue.task_done()
        for sending in self._held:
            self._deliver(sending)
        self._queue.task_done()

    def _deliver(self, sending: _Sending) -> None:
        lost = self.network.has(self.network.lost)
        for _ in range(2 if not lost and self.network.has(self.network.twice) else 1):
            at, start = datetime.now(UTC), time.monotonic()
            status = 0 if lost else _send(sending.delivery)
            sending.delivery.statuses.append(status)
            self.tries.append(
                Try(
                    id=len(self.tries) + 1,
                    delivery=sending.delivery,
                    at=at,
                    seconds=time.monotonic() - start,
                    status=status,
                    again=sending.again,
                )
            )


def _send(delivery: Delivery) -> int:
    # The address is the test's own receiver.
    request = urllib.request.Request(delivery.hook.url, data=delivery.body, headers=delivery.headers())  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER) as answer:  # noqa: S310 - same address
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
    except OSError:
        return 0
