"""Apps themselves: registered from a manifest, and asked who they are, where they live and where they listen."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from pushmark_bot.testing.answers import stamp
from pushmark_bot.testing.apps import App, AppHook, make_app
from pushmark_bot.testing.contract import Json
from pushmark_bot.testing.operations.area import Answer, Area, Call, RefusedError

OPEN = frozenset({"apps/create-from-manifest"})
"""Operations that need no token: whoever has the code may."""
HIDDEN = "********"


class Registration(Area):
    """Operations of and about apps."""

    @property
    def by_id(self) -> dict[str, Callable[[Call], Answer]]:
        return {
            "apps/create-from-manifest": self.convert,
            "apps/get-authenticated": self.itself,
            "apps/get-installation": self.get_installation,
            "apps/get-webhook-config-for-app": self.hook_config,
            "apps/list-installations": self.list_installations,
        }

    def convert(self, call: Call) -> Answer:
        """A code is good for one time."""
        found = self.store.manifests.pop(call.names["code"], None)
        if found is None:
            raise RefusedError(404, "Not Found")
        owner, manifest = found
        app = make_app(self.store, manifest["name"].lower().replace(" ", "-"), manifest["default_permissions"])
        app.owner, app.name = owner, manifest["name"]
        app.events = sorted(manifest.get("default_events", []))
        app.callbacks = manifest.get("callback_urls", [])
        hook = manifest.get("hook_attributes")
        if hook is not None:
            app.hook = AppHook(url=hook["url"], secret=secrets.token_hex(20))
        known = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "webhook_secret": app.hook.secret if app.hook is not None else None,
            "pem": app.private_key,
        }
        return Answer(status=201, body=self._app(app) | known)

    def itself(self, call: Call) -> Answer:
        return Answer(body=self._app(self._caller(call)))

    def get_installation(self, call: Call) -> Answer:
        app, number = self._caller(call), call.names["installation_id"]
        if not number.isdigit() or int(number) not in app.installations:
            raise RefusedError(404, "Not Found")
        return Answer(body=self._installation(app, int(number)))

    def list_installations(self, call: Call) -> Answer:
        app = self._caller(call)
        return self.paged(call, [self._installation(app, one) for one in sorted(app.installations)])

    def hook_config(self, call: Call) -> Answer:
        hook = self._caller(call).hook
        if hook is None:
            return Answer(body={"content_type": "form", "insecure_ssl": "0"})
        known = {"url": hook.url, "content_type": hook.content_type, "insecure_ssl": str(int(hook.insecure))}
        return Answer(body=known | ({"secret": HIDDEN} if hook.secret else {}))

    def _caller(self, call: Call) -> App:
        app = self.store.apps.get(call.caller.itself or 0)
        if app is None:
            raise RefusedError(401, "A JSON web token could not be decoded")
        return app

    def _app(self, app: App) -> Json:
        known = {
            "id": app.id,
            "slug": app.slug,
            "name": app.name or app.slug,
            "client_id": app.client_id,
            "owner": self.answers.user(app.owner),
            "html_url": f"https://github.com/apps/{app.slug}",
            "permissions": app.permissions,
            "events": app.events,
            "installations_count": len(app.installations),
        }
        return self.answers.plain("integration", known)

    def _installation(self, app: App, number: int) -> Json:
        account = app.installations[number]
        suspended = number in app.suspended
        known = {
            "id": number,
            "app_id": app.id,
            "app_slug": app.slug,
            "account": self.answers.user(account),
            "target_type": "Organization",
            "repository_selection": "all",
            "permissions": app.granted.get(number, app.permissions),
            "events": app.events,
            "suspended_at": stamp(datetime.now(UTC)) if suspended else None,
            "suspended_by": self.answers.user(account) if suspended else None,
        }
        return self.answers.plain("installation", known)
