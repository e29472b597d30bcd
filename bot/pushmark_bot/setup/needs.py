"""What the bot has to be allowed and told, and nothing more: for the app's manifest, and for `doctor`."""

from typing import Literal

from pushmark_bot.service.hooks import WANTED

Access = Literal["read", "write"]

PERMISSIONS: dict[str, Access] = {
    "checks": "write",
    "contents": "read",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
}
"""To read what was pushed, and to answer on the pull request."""
PROVISIONING: dict[str, Access] = {"administration": "write", "contents": "write", "workflows": "write"}
"""More, to make learners' repositories: from a template that has workflows, with collaborators and protected paths."""
ALWAYS_SENT = frozenset({"installation", "installation_repositories", "github_app_authorization"})
"""GitHub sends these to every app; none can subscribe to them."""


def permissions(*, provisioning: bool = False) -> dict[str, Access]:
    """What the app is allowed."""
    return PERMISSIONS | PROVISIONING if provisioning else dict(PERMISSIONS)


def events() -> list[str]:
    """What the app subscribes to."""
    return sorted(WANTED.keys() - ALWAYS_SENT)


def lacking(wanted: dict[str, Access], given: dict[str, str]) -> list[str]:
    """The permissions that are not given, in words."""
    enough = {"read": ("read", "write", "admin"), "write": ("write", "admin")}
    return [f"{name}: {access}" for name, access in sorted(wanted.items()) if given.get(name) not in enough[access]]
