"""The app as GitHub's manifest describes it."""

import msgspec

from pushmark_bot.setup import needs

LONGEST_NAME = 34
HOOKS = "/webhooks/github"
DESCRIPTION = "Grades what learners push, and answers on the pull request."
SIGNED_IN = "/signed-in"
HOME = "https://github.com/pushmark/pushmark"


class Hook(msgspec.Struct, frozen=True):
    """Where GitHub sends webhooks."""

    url: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What GitHub is asked to register; see its guide "Registering a GitHub App from a manifest"."""

    name: str
    url: str
    redirect_url: str = ""
    callback_urls: list[str] = []
    hook_attributes: Hook | None = None
    description: str
    public: bool
    default_permissions: dict[str, needs.Access]
    default_events: list[str] = []


def manifest(*, name: str, public_url: str, redirect_url: str = "", provisioning: bool = False) -> Manifest:
    """The app of a bot at `public_url`; one without an address asks GitHub itself, and hears of nothing."""
    return Manifest(
        name=name[:LONGEST_NAME].strip(),
        url=public_url or HOME,
        redirect_url=redirect_url,
        callback_urls=[f"{public_url}{SIGNED_IN}"] if public_url else [],
        hook_attributes=Hook(f"{public_url}{HOOKS}") if public_url else None,
        description=DESCRIPTION,
        public=False,
        default_permissions=needs.permissions(provisioning=provisioning),
        default_events=needs.events() if public_url else [],
    )


def as_json(made: Manifest) -> str:
    """As GitHub reads it."""
    return msgspec.json.encode(made).decode()
