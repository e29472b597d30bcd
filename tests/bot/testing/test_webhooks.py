"""Webhooks of the fake GitHub: signed over the raw bytes, sent once, and again when asked for."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
from pushmark_bot.github import Patience, PullRequest, PyGithubPort
from pushmark_bot.testing import FakeGitHub, signature

REPO = "ada/gatecast"
SECRET = "a long secret of the course"


@dataclass
class Receiver:
    """Where deliveries arrive; `status` is what it answers, `before` what it does first."""

    url: str = ""
    status: int = 202
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server on a free port that keeps what it is sent."""
    box = Receiver()

    class Handler(BaseHTTPRequestHandler):
        kept: ClassVar[Receiver] = box

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.kept.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.kept.before()
            self.send_response(self.kept.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        box.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield box
        server.shutdown()
        thread.join()


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    """A GitHub whose webhooks are judged too."""
    with FakeGitHub() as fake:
        fake.seed_repo(REPO)
        yield fake


def test_a_push_to_a_pull_request_is_told_with_a_signature_over_the_raw_bytes(
    github: FakeGitHub, receiver: Receiver
) -> None:
    github.add_webhook(receiver.url, secret=SECRET)
    number = github.seed_pull(REPO, head_sha="a" * 40)
    github.set_head(REPO, number, "b" * 40)
    github.wait_for_webhooks()
    (_, opened), (headers, pushed) = receiver.got
    assert json.loads(opened)["action"] == "opened"
    told = json.loads(pushed)
    assert (told["action"], told["number"], told["after"]) == ("synchronize", number, "b" * 40)
    assert told["pull_request"]["head"]["sha"] == "b" * 40
    expected = hmac.new(SECRET.encode(), pushed, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature-256"] == f"sha256={expected}" == signature(SECRET, pushed)
    assert headers["x-github-event"] == "pull_request"


def test_comments_and_check_runs_are_told_too(github: FakeGitHub, receiver: Receiver) -> None:
    number = github.seed_pull(REPO, head_sha="a" * 40)
    github.add_webhook(receiver.url, secret=SECRET, events={"issue_comment"}, repo=REPO)
    patience = Patience(between_requests=0, between_writes=0)
    port = PyGithubPort(who=github.actions_token(REPO), api_url=github.url, patience=patience)
    written = port.create_comment(PullRequest(REPO, number), "hello", lambda _: False)
    port.edit_comment(REPO, written.id, "hello again")
    port.close()
    github.wait_for_webhooks()
    assert [(one.event, one.action, one.statuses) for one in github.deliveries] == [
        ("issue_comment", "created", [202]),
        ("issue_comment", "edited", [202]),
    ]
    assert json.loads(receiver.got[1][1])["comment"]["body"] == "hello again"


def test_a_redelivery_has_the_same_id_and_the_same_bytes(github: FakeGitHub, receiver: Receiver) -> None:
    receiver.status = 500
    github.add_webhook(receiver.url, secret=SECRET)
    github.seed_pull(REPO, head_sha="a" * 40)
    github.wait_for_webhooks()
    (delivery,) = github.deliveries
    assert delivery.statuses == [500]
    receiver.status = 202
    github.redeliver(delivery.guid)
    github.wait_for_webhooks()
    assert delivery.statuses == [500, 202]
    first, second = receiver.got
    assert first == second
    assert first[0]["x-github-delivery"] == delivery.guid


def test_a_receiver_that_is_not_there_is_noted_and_stops_nothing(github: FakeGitHub) -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as closed:
        address = f"http://127.0.0.1:{closed.server_port}/"
    github.add_webhook(address, secret=SECRET)
    github.seed_pull(REPO, head_sha="a" * 40)
    github.wait_for_webhooks()
    assert [one.statuses for one in github.deliveries] == [[0]]


def test_a_receiver_may_call_back_before_it_answers(github: FakeGitHub, receiver: Receiver) -> None:
    patience = Patience(between_requests=0, between_writes=0)
    port = PyGithubPort(who=github.actions_token(REPO), api_url=github.url, patience=patience)
    receiver.before = lambda: port.edit_comment(REPO, comment, "seen")
    number = github.seed_pull(REPO, head_sha="a" * 40)
    comment = github.seed_comment(REPO, number, author="github-actions[bot]", body="not yet")
    github.add_webhook(receiver.url, secret=SECRET, events={"pull_request"})
    github.set_head(REPO, number, "b" * 40)
    github.wait_for_webhooks()
    port.close()
    assert [one.body for one in github.comments(REPO, number)] == ["seen"]


def test_a_hook_hears_of_its_own_repository_alone(github: FakeGitHub, receiver: Receiver) -> None:
    github.add_webhook(receiver.url, secret=SECRET, repo="ada/another")
    github.seed_pull(REPO, head_sha="a" * 40)
    github.wait_for_webhooks()
    assert receiver.got == []
