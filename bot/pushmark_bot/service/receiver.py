"""The address that GitHub sends webhooks to.

A delivery is checked over its raw bytes, written down under GitHub's own id, and answered; what it is about is
done later, by somebody else. GitHub waits ten seconds and never repeats itself.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from fastapi import FastAPI, Request, Response
from pushmark_graders.errors import PushmarkError

from pushmark_bot.service.hooks import SIGNATURE, NotOurs, hear, is_signed
from pushmark_bot.service.inbox import Arrival, Inbox

LARGEST = 25 << 20
"""GitHub sends no payload above 25 MB."""
LONGEST_GUID = 100


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a sender is told; GitHub shows it in its list of deliveries."""

    taken: bool
    why: str = ""


class TooLarge(Exception):
    """A body of more than `LARGEST` bytes."""


def add_receiver(
    app: FastAPI,
    *,
    secret: str,
    inbox: Inbox,
    known: Callable[[int], bool],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Let `app` take webhooks at /webhooks/github; `known` tells the installations that we work for."""

    @app.post("/webhooks/github")
    async def receive(request: Request) -> Response:
        received = clock()
        try:
            body = await _body(request)
        except TooLarge:
            return _answer(413, taken=False, why=f"more than {LARGEST >> 20} MiB")
        if not is_signed(secret, body, request.headers.get(SIGNATURE, "")):
            return _answer(401, taken=False, why="the signature is not of our secret")
        guid, event = request.headers.get("X-GitHub-Delivery", ""), request.headers.get("X-GitHub-Event", "")
        if not 0 < len(guid) <= LONGEST_GUID:
            return _answer(400, taken=False, why="X-GitHub-Delivery is missing, or no id")
        try:
            heard = hear(event, body)
        except NotOurs as reason:
            return _answer(202, taken=False, why=str(reason))
        except msgspec.DecodeError:
            return _answer(400, taken=False, why="the body is no payload of this event")
        arrival = Arrival(guid=guid, event=event, installation=heard.installation, body=body, received=received)
        try:
            if not known(heard.installation):
                return _answer(202, taken=False, why=f"installation {heard.installation} is of no course here")
            await inbox.store(arrival)
        except PushmarkError:
            return _answer(503, taken=False, why="it could not be written down; deliver it again")
        return _answer(202, taken=True)


async def _body(request: Request) -> bytes:
    """The raw bytes; reading ends as soon as there are too many."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)


def _answer(status: int, *, taken: bool, why: str = "") -> Response:
    return Response(
        msgspec.json.encode(Answer(taken=taken, why=why)), status_code=status, media_type="application/json"
    )
