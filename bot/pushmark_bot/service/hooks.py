"""Webhook deliveries as data: whether GitHub sent one, and what of it is our business.

A delivery only says "go and look": what it names is looked up at GitHub before anything is done. Of the commit in it
we only note when we heard of it.
"""

import hashlib
import hmac
from typing import Literal

import msgspec

from pushmark_bot.github import PullRequest
from pushmark_bot.slash import grammar

SIGNATURE = "X-Hub-Signature-256"
WANTED: dict[str, frozenset[str]] = {
    "pull_request": frozenset({"opened", "synchronize", "reopened", "ready_for_review"}),
    "issue_comment": frozenset({"created"}),
    "installation": frozenset({"deleted", "suspend", "unsuspend"}),
}
"""The events that we act on, and of each the actions."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Who did it. `type` is GitHub's word: `User`, `Bot` or `Organization`."""

    login: str
    id: int
    type: str = "User"


class Installation(msgspec.Struct, frozen=True):
    id: int


class Repository(msgspec.Struct, frozen=True):
    id: int
    full_name: str


class PullHead(msgspec.Struct, frozen=True):
    sha: str


class PullPart(msgspec.Struct, frozen=True):
    head: PullHead


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    pull_request: dict[str, object] | None = None


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    body: str | None
    user: Account | None


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a payload that we read."""

    action: str = ""
    before: str = ""
    installation: Installation | None = None
    repository: Repository | None = None
    sender: Account | None = None
    number: int | None = None
    pull_request: PullPart | None = None
    issue: Issue | None = None
    comment: Comment | None = None


class NotOurs(Exception):
    """A delivery that is none of our business; the text says why."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is our business. `pull` is None for news about the installation itself.

    `sha` is the head at that time, and `before` the head that it took the place of: worth a note, and nothing more.
    """

    event: Literal["pull_request", "issue_comment", "installation"]
    action: str
    installation: int
    pull: PullRequest | None = None
    sha: str = ""
    before: str = ""
    comment: Comment | None = None


def is_signed(secret: str, body: bytes, given: str) -> bool:
    """Whether who sent these raw bytes knows the secret."""
    right = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right.encode(), given.encode(errors="replace"))


def is_wanted(event: str, action: str) -> bool:
    """Whether we act on deliveries of this kind."""
    return action in WANTED.get(event, ())


def hear(event: str, body: bytes) -> Heard:
    """Read a delivery. Raises NotOurs for what we do not act on, and msgspec.DecodeError for what is no payload."""
    if event not in WANTED:
        raise NotOurs(f"event {event[:50]!r} is not acted on")
    said = msgspec.json.decode(body, type=Payload)
    if said.action not in WANTED[event]:
        raise NotOurs(f"action {said.action[:50]!r} of {event} is not acted on")
    if said.installation is None:
        raise NotOurs("it names no installation")
    installation = said.installation.id
    if event == "installation":
        return Heard(event="installation", action=said.action, installation=installation)
    number = said.number if event == "pull_request" else _number(said)
    if said.repository is None or number is None:
        raise NotOurs("it is about no pull request")
    if event == "issue_comment":
        _check_command(said.comment)
    return Heard(
        event="pull_request" if event == "pull_request" else "issue_comment",
        action=said.action,
        installation=installation,
        pull=PullRequest(said.repository.full_name, number),
        sha=said.pull_request.head.sha[:64] if said.pull_request is not None else "",
        before=said.before[:64],
        comment=said.comment,
    )


def _number(said: Payload) -> int | None:
    """The pull request of a comment; comments on issues are none of our business."""
    if said.issue is None or said.issue.pull_request is None:
        return None
    return said.issue.number


def _check_command(comment: Comment | None) -> None:
    """Only people give commands; what else they say to each other is not kept, and our own answers are no news."""
    if comment is None or comment.user is None or comment.user.type != "User":
        raise NotOurs("the comment is by nobody who gives commands")
    if grammar.read(comment.body or "") is None:
        raise NotOurs("the comment is no command")
