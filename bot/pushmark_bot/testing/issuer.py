"""Whoever signs the identity of jobs at the fake GitHub: a key of its own, which may be changed."""

import json
import time
import uuid
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

KEYS = "/.well-known/jwks"
_SECONDS = 300


class Issuer:
    """Signs tokens as `https://token.actions.githubusercontent.com` does. `rotate` gives it another key."""

    def __init__(self) -> None:
        self._key: rsa.RSAPrivateKey | None = None
        self._id = ""

    def rotate(self) -> None:
        """Sign with a new key from now on; the one before is forgotten."""
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._id = uuid.uuid4().hex

    @property
    def key_id(self) -> str:
        self._ready()
        return self._id

    @property
    def public_key(self) -> str:
        """The public key, as anybody can compute it from `keys`."""
        shape = serialization.PublicFormat.SubjectPublicKeyInfo
        return self._ready().public_key().public_bytes(serialization.Encoding.PEM, shape).decode()

    def keys(self) -> bytes:
        """The public keys, as they are published."""
        told = RSAAlgorithm.to_jwk(self._ready().public_key(), as_dict=True)
        return json.dumps({"keys": [told | {"kid": self._id, "use": "sig", "alg": "RS256"}]}).encode()

    def token(self, issuer: str, **claims: Any) -> str:
        """A token of a job with these claims, and what belongs to every token."""
        at = int(time.time())
        usual = {"iss": issuer, "jti": str(uuid.uuid4()), "iat": at, "nbf": at - 300, "exp": at + _SECONDS}
        return jwt.encode(usual | claims, self._ready(), algorithm="RS256", headers={"kid": self.key_id})

    def _ready(self) -> rsa.RSAPrivateKey:
        if self._key is None:
            self.rotate()
        assert self._key is not None
        return self._key
