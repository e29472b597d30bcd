"""Many senders of webhooks at a time, each on a connection of its own that stays open."""

import asyncio
import json
import time
import uuid
from urllib.parse import urlsplit

from pushmark_bot.testing import signature

from bot_rig.school import SECRET


def body_of(installation: int, size: int) -> bytes:
    """A payload of about `size` bytes about a pull request that is nobody's submission."""
    payload = {
        "action": "synchronize",
        "number": 1,
        "installation": {"id": installation},
        "repository": {"id": 1, "full_name": "example-school/nobody"},
        "pull_request": {"head": {"sha": "a" * 40}, "body": ""},
    }
    room = size - len(json.dumps(payload))
    return json.dumps(payload | {"pull_request": {"head": {"sha": "a" * 40}, "body": "x" * room}}).encode()


def flood(address: str, body: bytes, *, clients: int, number: int) -> tuple[float, list[float], list[int]]:
    """Deliver `number` times; returns the seconds it took in all, those of each, and the statuses."""
    return asyncio.run(_flood(address, body, clients, number))


async def _flood(address: str, body: bytes, clients: int, number: int) -> tuple[float, list[float], list[int]]:
    url = urlsplit(address)
    head = (
        f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nX-GitHub-Event: pull_request\r\n"
        f"X-Hub-Signature-256: {signature(SECRET, body)}\r\nX-GitHub-Delivery: "
    )
    times: list[float] = []
    statuses: list[int] = []
    left = iter(range(number))

    async def send_on() -> None:
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        for _ in left:
            began = time.perf_counter()
            writer.write(f"{head}{uuid.uuid4()}\r\n\r\n".encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
            times.append(time.perf_counter() - began)
            statuses.append(int(answer.split()[1]))
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(send_on() for _ in range(clients)))
    return time.perf_counter() - began, times, statuses
