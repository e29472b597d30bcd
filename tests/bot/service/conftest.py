"""A receiver that listens on a real port, and somebody who signs what he sends to it."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from pushmark_bot.db.store import Database
from pushmark_bot.service.inbox import Inbox
from pushmark_bot.service.receiver import add_receiver
from pushmark_bot.testing.webhooks import signature

SECRET = "a secret that only GitHub and the bot know"
INSTALLATION = 2311213
AT = datetime(2027, 1, 31, 18, tzinfo=UTC)


@dataclass
class Receiver:
    """A running receiver. `installations` are those it knows; `told` counts how often it had something new."""

    url: str
    database: Database
    installations: set[int] = field(default_factory=lambda: {INSTALLATION})
    told: int = 0
    now: datetime = AT
    on_told: Callable[[], None] = lambda: None

    def send(
        self, event: str, body: bytes, *, guid: str = "guid-1", secret: str = SECRET, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Deliver; returns the status and what the answer says."""
        request = urllib.request.Request(self.url, data=body)
        given = {"X-GitHub-Event": event, "X-GitHub-Delivery": guid, "X-Hub-Signature-256": signature(secret, body)}
        for name, value in {**given, **headers}.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)


@pytest.fixture
def receiver(database: Database) -> Iterator[Receiver]:
    """A receiver that knows one installation."""
    running = Receiver("", database)

    def told() -> None:
        running.told += 1
        running.on_told()

    inbox = Inbox(database, told)
    inbox.start()
    app = FastAPI(openapi_url=None)
    add_receiver(
        app, secret=SECRET, inbox=inbox, known=lambda one: one in running.installations, clock=lambda: running.now
    )
    listening = socket.create_server(("127.0.0.1", 0))
    running.url = f"http://127.0.0.1:{listening.getsockname()[1]}/webhooks/github"
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield running
    server.should_exit = True
    thread.join()
    listening.close()
    inbox.stop()
