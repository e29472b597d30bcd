"""GitHub Apps in the fake: they sign their requests with a key of their own, and get a token for each installation."""

import secrets
import time
from dataclasses import dataclass, field

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from pushmark_bot.testing.store import Access, Identity, Store

TOKEN_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class App:
    """A registered app. `installations` maps the ids of its installations to the accounts that installed it."""

    id: int
    slug: str
    private_key: str
    public_key: str
    permissions: dict[str, Access]
    installations: dict[int, str] = field(default_factory=dict)


def make_app(store: Store, slug: str, permissions: dict[str, Access]) -> App:
    """Register an app with a new key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    app = App(
        id=store.account_id(f"{slug}[bot]"),
        slug=slug,
        private_key=private.decode(),
        public_key=public.decode(),
        permissions=permissions,
    )
    store.apps[app.id] = app
    return app


def caller(store: Store, token: str) -> Identity | None:
    """Whoever sends this token: somebody with a token of ours, or an app that signed for itself."""
    if token.count(".") != 2:
        known = store.tokens.get(token)
        return known if known is None or known.ends is None or known.ends > time.time() else None
    try:
        number = int(jwt.decode(token, options={"verify_signature": False})["iss"])
        app = store.apps[number]
        claims = jwt.decode(token, app.public_key, algorithms=["RS256"], issuer=str(number), leeway=60)
    except (jwt.InvalidTokenError, KeyError, ValueError):
        return None
    if claims["exp"] - claims["iat"] > 600 + 60:  # GitHub: at most ten minutes, and clocks may differ
        return None
    return Identity(login=f"{app.slug}[bot]", app=app.slug, itself=app.id)


def new_token(store: Store, app: App, installation: int, permissions: dict[str, Access] | None) -> tuple[str, Identity]:
    """A token for one installation; permissions can be narrowed, and are all there are when none are named."""
    token = "ghs_" + secrets.token_hex(18)
    identity = Identity(
        login=f"{app.slug}[bot]",
        app=app.slug,
        account=app.installations[installation].lower(),
        permissions=permissions or app.permissions,
        ends=time.time() + TOKEN_SECONDS,
    )
    store.tokens[token] = identity
    return token, identity
