"""What a browser remembers for us, in one sealed cookie: who signed in, and what they were about to do.

It can be read by whoever has the browser and changed by nobody but us.
"""

import base64
import hashlib
import hmac
import secrets

import msgspec

SECONDS = 12 * 3600
"""How long somebody stays signed in."""
SIGN_IN_SECONDS = 900
"""How long signing in may take."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A browser. `form` proves that a form came from our own page; `state` that a sign-in was begun in this browser."""

    form: str
    ends: float
    github_id: int = 0
    login: str = ""
    state: str = ""
    state_ends: float = 0.0
    invite: str = ""
    course: str = ""
    lab: str = ""

    def proof(self, key: bytes, action: str) -> str:
        """What a form to this address has to carry."""
        return hmac.new(key, f"form {self.form} {action}".encode(), hashlib.sha256).hexdigest()


def new_visit(now: float) -> Visit:
    """A browser that we see for the first time."""
    return Visit(form=secrets.token_urlsafe(18), ends=now + SECONDS)


def key_from(secret: str) -> bytes:
    """A key of our own, from the app's client secret."""
    return hmac.new(secret.encode(), b"pushmark: what a browser remembers", hashlib.sha256).digest()


def seal(visit: Visit, key: bytes) -> str:
    """The cookie."""
    content = base64.urlsafe_b64encode(msgspec.json.encode(visit)).decode()
    return f"{content}.{_seal(content, key)}"


def unseal(cookie: str, key: bytes, now: float) -> Visit | None:
    """The browser of a cookie, or None when it is not ours, or has ended."""
    content, _, given = cookie.rpartition(".")
    if not hmac.compare_digest(_seal(content, key).encode(), given.encode()):
        return None
    try:
        visit = msgspec.json.decode(base64.urlsafe_b64decode(content), type=Visit)
    except (msgspec.DecodeError, ValueError):
        return None
    return visit if visit.ends > now else None


def _seal(content: str, key: bytes) -> str:
    return hmac.new(key, content.encode(errors="replace"), hashlib.sha256).hexdigest()
