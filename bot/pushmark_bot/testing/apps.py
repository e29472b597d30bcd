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
class AppHook:
    """Where an app's webhooks go. Of the secret GitHub tells only that there is one."""

    url: str
    secret: str = ""
    insecure: bool = False
    content_type: str = "json"


@dataclass(kw_only=True)
class App:
    """A registered app. `installations` maps the ids of its installations to the accounts that installed it.

    `granted` are the permissions of installations whose owner has not yet accepted the app's newer ones, and
    `suspended` the installations that their owner suspended. `callbacks` are where people may be sent once they
    signed in.
    """

    id: int
    slug: str
    private_key: str
    public_key: str
    permissions: dict[str, Access]
    client_id: str = field(default_factory=lambda: "Iv23li" + secrets.token_hex(7))
    client_secret: str = field(default_factory=lambda: secrets.token_hex(20))
    callbacks: list[str] = field(default_factory=list)
    installations: dict[int, str] = field(default_factory=dict)
    owner: str = "ada"
    name: str = ""
    events: list[str] = field(default_factory=lambda: ["issue_comment", "pull_request"])
    hook: AppHook | None = None
    granted: dict[int, dict[str, Access]] = field(default_factory=dict)
    suspended: set[int] = field(default_factory=set)


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
        permissions=permissions or app.granted.get(installation, app.permissions),
        ends=time.time() + TOKEN_SECONDS,
        installation=installation,
    )
    store.tokens[token] = identity
    return token, identity
