"""What becomes of a webhook delivery, over real HTTP."""

import json
import lzma
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Delivery
from pushmark_bot.service.hooks import WANTED
from sqlalchemy import select

from tests.bot.service.conftest import INSTALLATION, Receiver

PAYLOAD: dict[str, Any] = {
    "action": "synchronize",
    "number": 2,
    "installation": {"id": INSTALLATION},
    "repository": {"id": 7, "full_name": "example-school/gatecast-learner"},
    "sender": {"login": "learner", "id": 8},
}
BODY = json.dumps(PAYLOAD).encode()
EXAMPLES = json.loads(lzma.decompress((Path(__file__).parent / "webhooks-examples.json.xz").read_bytes()))


def stored(database: Database) -> list[Delivery]:
    """The deliveries that were written down."""
    with database.reading() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.guid)))


def test_a_signed_delivery_is_written_down_before_it_is_answered(receiver: Receiver) -> None:
    assert receiver.send("pull_request", BODY, guid="guid-7") == (202, {"taken": True, "why": ""})
    [kept] = stored(receiver.database)
    assert (kept.guid, kept.event, kept.installation, kept.state) == ("guid-7", "pull_request", INSTALLATION, "new")
    assert kept.body == BODY
    assert kept.received == datetime(2027, 1, 31, 18, tzinfo=UTC)
    assert receiver.told == 1


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "ü"])
def test_without_the_right_signature_nothing_is_read(receiver: Receiver, signature: str) -> None:
    status, said = receiver.send("pull_request", BODY, **{"X-Hub-Signature-256": signature})
    assert (status, said["taken"]) == (401, False)
    assert receiver.send("pull_request", BODY, secret="another secret")[0] == 401
    assert stored(receiver.database) == []


def test_a_delivery_that_comes_again_is_kept_once_and_welcomed(receiver: Receiver) -> None:
    for _ in range(3):
        assert receiver.send("pull_request", BODY)[0] == 202
    assert len(stored(receiver.database)) == 1


def test_an_unknown_installation_is_refused(receiver: Receiver) -> None:
    receiver.installations.clear()
    status, said = receiver.send("pull_request", BODY)
    assert (status, said["taken"]) == (202, False)
    assert "is of no course here" in said["why"]
    assert stored(receiver.database) == []


@pytest.mark.parametrize(
    ("event", "change", "why"),
    [
        ("push", {}, "event 'push' is not acted on"),
        ("pull_request", {"action": "labeled"}, "action 'labeled' of pull_request is not acted on"),
        ("pull_request", {"installation": None}, "it names no installation"),
        ("pull_request", {"number": None}, "it is about no pull request"),
        ("issue_comment", {"action": "created", "issue": {"number": 2}}, "it is about no pull request"),
    ],
)
def test_what_is_none_of_our_business_is_told_so(
    receiver: Receiver, event: str, change: dict[str, Any], why: str
) -> None:
    status, said = receiver.send(event, json.dumps(PAYLOAD | change).encode())
    assert (status, said) == (202, {"taken": False, "why": why})
    assert stored(receiver.database) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"action": 3}', b"\xff", b'{"action": "opened", "number": "x"}'])
def test_a_body_that_is_no_payload_is_refused(receiver: Receiver, body: bytes) -> None:
    assert receiver.send("pull_request", body)[0] == 400


def test_a_delivery_needs_an_id(receiver: Receiver) -> None:
    assert receiver.send("pull_request", BODY, guid="")[0] == 400
    assert receiver.send("pull_request", BODY, guid="x" * 101)[0] == 400


def test_a_body_that_is_too_large_is_refused_before_its_end(receiver: Receiver) -> None:
    address = urlsplit(receiver.url)
    assert address.hostname
    assert address.port
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        head = f"POST {address.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {10 << 30}\r\n\r\n"
        connection.sendall(head.encode())
        for _ in range(26):
            connection.sendall(b"x" * (1 << 20))
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")


def test_a_burst_is_kept_whole(receiver: Receiver) -> None:
    with ThreadPoolExecutor(20) as many:
        answers = list(many.map(lambda at: receiver.send("pull_request", BODY, guid=f"guid-{at % 60}"), range(120)))
    assert {status for status, _ in answers} == {202}
    assert len(stored(receiver.database)) == 60
    assert receiver.told < 120


def test_when_it_cannot_be_written_down_github_is_asked_to_send_it_again(receiver: Receiver) -> None:
    with receiver.database.engine.begin() as connection:
        connection.exec_driver_sql("alter table delivery rename to gone")
    status, said = receiver.send("pull_request", BODY)
    assert (status, said["taken"]) == (503, False)


def test_every_payload_that_github_was_seen_to_send_is_answered_without_an_error(receiver: Receiver) -> None:
    sent = 0
    acted = 0
    for event in EXAMPLES:
        for payload in event["examples"]:
            sent += 1
            receiver.installations.add(payload.get("installation", {}).get("id", 0))
            status, said = receiver.send(event["name"], json.dumps(payload).encode(), guid=f"guid-{sent}")
            assert status == 202, (event["name"], said)
            ours = payload.get("action", "") in WANTED.get(event["name"], ())
            acted += said["taken"]
            assert said["taken"] <= ours
    assert sent == 329
    assert len(stored(receiver.database)) == acted > 0
