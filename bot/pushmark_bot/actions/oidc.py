"""Identity tokens of GitHub Actions jobs: who signed, for whom, for how long, and which job they speak for.

The issuer's keys are fetched when first needed and kept for an hour. A token under a key that is not among them may
mean new keys: then they are fetched again, but not more than once a minute, whatever is sent to us.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import jwt
import msgspec
import requests
from pushmark_graders.errors import COULD_NOT_GRADE, ExitCode, PushmarkError

KEYS_PATH = "/.well-known/jwks"
KEPT_SECONDS, PAUSE_SECONDS, LEEWAY_SECONDS = 3600.0, 60.0, 60
LONGEST_TOKEN, MOST_KEYS_BYTES, LONGEST_LIFE = 16_384, 1 << 20, 3600
_ALGORITHM = "RS256"
_REQUIRED = ["exp", "nbf", "iat", "iss", "aud", "jti"]


class NotIdentified(PushmarkError):
    """The token is not one of a job that may speak here."""


class NoKeys(PushmarkError):
    """The issuer's keys are not to be had now."""

    exit_code: ExitCode = COULD_NOT_GRADE


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says of its job; `workflow` is the called workflow's file and `OWNER/REPO`, without its ref."""

    jti: str
    repository: str
    repository_id: str
    sha: str
    event_name: str
    job_workflow_ref: str
    run_id: str

    @property
    def workflow(self) -> str:
        """OWNER/REPO/PATH of the workflow that the job is in."""
        return self.job_workflow_ref.partition("@")[0]


class Keys:
    """The issuer's public keys. Threads may share it."""

    def __init__(self, issuer: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._address = issuer.rstrip("/") + KEYS_PATH
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched: float | None = None
        self._tried: float | None = None

    def get(self, key_id: str) -> jwt.PyJWK | None:
        """The key of this id. Raises NoKeys when there are none at all."""
        with self._lock:
            now = self._clock()
            is_old = self._fetched is None or now - self._fetched > KEPT_SECONDS
            may_ask = self._tried is None or now - self._tried >= PAUSE_SECONDS
            if (is_old or key_id not in self._keys) and may_ask:
                self._tried = now
                self._fetch(now)
            if not self._keys:
                raise NoKeys(f"{self._address} gave no keys", "see whether this host reaches it")
            return self._keys.get(key_id)

    def _fetch(self, now: float) -> None:
        """Take the keys as they are now; the old ones stay when there are none."""
        try:
            with requests.get(self._address, timeout=10, stream=True) as answer:
                answer.raise_for_status()
                body = answer.raw.read(MOST_KEYS_BYTES + 1, decode_content=True)
            if len(body) > MOST_KEYS_BYTES:
                return
            told = msgspec.json.decode(body, type=dict[str, list[dict[str, Any]]])
            self._keys = {
                one["kid"]: jwt.PyJWK(one, algorithm=_ALGORITHM)
                for one in told["keys"]
                if one.get("kty") == "RSA" and isinstance(one.get("kid"), str)
            }
            self._fetched = now
        except (requests.RequestException, OSError, msgspec.DecodeError, KeyError, jwt.PyJWTError):
            return


def identify(token: str, keys: Keys, *, issuer: str, audience: str) -> Claims:
    """The claims of a token that its issuer signed for us and that is valid now. Raises NotIdentified and NoKeys."""
    if len(token) > LONGEST_TOKEN:
        raise NotIdentified("the token is too long", "send the token of the job, and nothing else")
    try:
        header = jwt.get_unverified_header(token)
        key_id = header.get("kid")
        if header.get("alg") != _ALGORITHM or not isinstance(key_id, str):
            raise NotIdentified(
                f"the token is not signed with {_ALGORITHM}", "send the token that Actions gave the job"
            )
        key = keys.get(key_id)
        if key is None:
            raise NotIdentified("the token is signed with a key that its issuer does not have", "ask for a new token")
        told = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY_SECONDS,
            options={"require": _REQUIRED, "strict_aud": True},
        )
        if told["exp"] - told["iat"] > LONGEST_LIFE:
            raise NotIdentified("the token is valid for too long", "send the token that Actions gave the job")
        return msgspec.convert(told, Claims)
    except jwt.PyJWTError as error:
        raise NotIdentified(f"the token is not valid: {str(error)[:200]}", "ask for a new token") from None
    except msgspec.ValidationError as error:
        raise NotIdentified(f"the token is not of a job: {error}", "send the token that Actions gave the job") from None
