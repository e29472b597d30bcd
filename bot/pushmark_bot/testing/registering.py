"""The web page on which somebody registers an app from a manifest. GitHub asks once more there; here nobody hesitates.

GitHub describes manifests in its guide, "Registering a GitHub App from a manifest", and not in its API's description.
"""

import json
import re
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from pushmark_bot.testing.store import Store

_PAGE = re.compile(r"/organizations/([A-Za-z0-9-]+)/settings/apps/new")
_KEYS = {
    "name": str,
    "url": str,
    "hook_attributes": dict,
    "redirect_url": str,
    "callback_urls": list,
    "setup_url": str,
    "description": str,
    "public": bool,
    "default_events": list,
    "default_permissions": dict,
    "request_oauth_on_install": bool,
    "setup_on_update": bool,
}
LONGEST_NAME = 34
MOST_CALLBACKS = 10


def is_registration(target: str) -> bool:
    """Whether this is the address of the page."""
    return _PAGE.fullmatch(urlsplit(target).path) is not None


def register(store: Store, target: str, raw: bytes) -> tuple[int, str]:
    """Take the form; returns 302 and where the browser goes next, or 422 and what is wrong with the manifest."""
    url = urlsplit(target)
    found = _PAGE.fullmatch(url.path)
    assert found is not None
    try:
        manifest = json.loads(parse_qs(raw.decode())["manifest"][0])
    except (KeyError, ValueError):
        return 422, "there is no manifest"
    if (wrong := _fault(store, manifest)) is not None:
        return 422, wrong
    code = secrets.token_hex(20)
    store.manifests[code] = found[1], manifest
    state = parse_qs(url.query).get("state", [""])[0]
    return 302, f"{manifest['redirect_url']}?{urlencode({'code': code, 'state': state})}"


def _fault(store: Store, manifest: dict[str, Any]) -> str | None:
    for name, value in manifest.items():
        if name not in _KEYS or not isinstance(value, _KEYS[name]):
            return f"{name} is no key of a manifest, or of another type"
    missing = {"name", "url", "redirect_url", "default_permissions"} - manifest.keys()
    if missing:
        return f"missing: {', '.join(sorted(missing))}"
    if not 0 < len(manifest["name"]) <= LONGEST_NAME:
        return "the name is too long"
    if any(app.name == manifest["name"] for app in store.apps.values()):
        return "the name is taken"
    if "url" not in manifest.get("hook_attributes", {"url": ""}):
        return "hook_attributes has no url"
    if manifest.get("default_events") and "hook_attributes" not in manifest:
        return "events without an address to send them to"
    if len(manifest.get("callback_urls", [])) > MOST_CALLBACKS:
        return "too many callback_urls"
    if not set(manifest["default_permissions"].values()) <= {"read", "write"}:
        return "a permission is read or write"
    return None
