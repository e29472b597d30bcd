"""A result as the scoring job signs it and the bot takes it: Ed25519 over the very bytes.

What a signature says is that the holder of the key scored this archive for this order in this run. That the run is
one of ours is asked of GitHub.
"""

import base64
import binascii
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pushmark_graders.errors import PushmarkError

SCHEMA: Literal["pushmark/result/v1"] = "pushmark/result/v1"
_CONTEXT = SCHEMA.encode() + b"\n"
_KEY_BYTES = 32


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be graded: the inputs of the workflow. `archive` is the git blob that holds the commit's files, and
    `digest` the SHA-256 of its bytes."""

    nonce: str
    lab: str
    repository: str
    commit: str
    archive: str
    digest: str


class Run(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The run that scored, as the runner named it."""

    repository: str
    id: int
    attempt: int
    sha: str


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came of an order. `report` and `final` are the JSON of both files."""

    schema: Literal["pushmark/result/v1"] = SCHEMA
    order: Order
    run: Run
    report: bytes
    final: bytes


class Forged(PushmarkError):
    """A result that is not what it should be."""


def new_key() -> tuple[str, str]:
    """A private key and its public one, each as text of one line."""
    key = Ed25519PrivateKey.generate()
    raw = serialization.Encoding.Raw
    private = key.private_bytes(raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    return _text(private), _text(key.public_key().public_bytes(raw, serialization.PublicFormat.Raw))


def sign(statement: Statement, private_key: str) -> tuple[bytes, bytes]:
    """The statement's bytes and the signature over them. Raises PushmarkError for what is no key."""
    content = msgspec.json.encode(statement)
    return content, Ed25519PrivateKey.from_private_bytes(_key(private_key)).sign(_CONTEXT + content)


def verify(content: bytes, signature: bytes, public_key: str) -> Statement:
    """The statement, when its signature is of this key. Raises Forged, and PushmarkError for what is no key."""
    try:
        Ed25519PublicKey.from_public_bytes(_key(public_key)).verify(signature, _CONTEXT + content)
        return msgspec.json.decode(content, type=Statement)
    except InvalidSignature:
        raise Forged(
            "the result is not signed with this course's key", "compare public_key with the key of the repository"
        ) from None
    except msgspec.DecodeError as error:
        raise Forged(f"the result is not as this version writes it: {error}", "build the course again") from None


def check_key(text: str) -> None:
    """Raises PushmarkError when a text is no key."""
    _key(text)


def _key(text: str) -> bytes:
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise PushmarkError(
            "this is no Ed25519 key of one line", "take the one that `pushmark-bot course build --new-key` made"
        )
    return raw


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
