"""What every address that machines or browsers post to needs: bodies within a limit, and answers that say why."""

import msgspec
from fastapi import Request, Response


class TooLarge(Exception):
    """A body of more bytes than are read."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a sender is told; of a webhook GitHub shows it in its list of deliveries."""

    taken: bool
    why: str = ""


async def read_body(request: Request, most: int) -> bytes:
    """The raw bytes; reading ends as soon as there are more than `most`. Raises TooLarge."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)


def answer(status: int, *, taken: bool, why: str = "") -> Response:
    """An answer as JSON."""
    return Response(
        msgspec.json.encode(Answer(taken=taken, why=why)), status_code=status, media_type="application/json"
    )
