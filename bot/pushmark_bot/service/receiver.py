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
from pushmark_bot.web.intake import TooLarge, answer, read_body

LARGEST = 25 << 20
"""GitHub sends no payload above 25 MB."""
LONGEST_GUID = 100


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
            body = await read_body(request, LARGEST)
        except TooLarge:
            return answer(413, taken=False, why=f"more than {LARGEST >> 20} MiB")
        if not is_signed(secret, body, request.headers.get(SIGNATURE, "")):
            return answer(401, taken=False, why="the signature is not of our secret")
        guid, event = request.headers.get("X-GitHub-Delivery", ""), request.headers.get("X-GitHub-Event", "")
        if not 0 < len(guid) <= LONGEST_GUID:
            return answer(400, taken=False, why="X-GitHub-Delivery is missing, or no id")
        try:
            heard = hear(event, body)
        except NotOurs as reason:
            return answer(202, taken=False, why=str(reason))
        except msgspec.DecodeError:
            return answer(400, taken=False, why="the body is no payload of this event")
        arrival = Arrival(guid=guid, event=event, installation=heard.installation, body=body, received=received)
        try:
            if not known(heard.installation):
                return answer(202, taken=False, why=f"installation {heard.installation} is of no course here")
            await inbox.store(arrival)
        except PushmarkError:
            return answer(503, taken=False, why="it could not be written down; deliver it again")
        return answer(202, taken=True)
