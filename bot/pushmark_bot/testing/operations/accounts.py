"""Who somebody is and may be: accounts, apps' tokens, rights and rates."""

from collections.abc import Callable
from datetime import UTC, datetime

from pushmark_bot.testing import apps
from pushmark_bot.testing.operations.area import Answer, Area, Call, RefusedError

HOURLY_REQUESTS = 5000


class Accounts(Area):
    """Operations about accounts."""

    @property
    def by_id(self) -> dict[str, Callable[[Call], Answer]]:
        return {
            "apps/create-installation-access-token": self.create_installation_token,
            "rate-limit/get": self.rate_limit,
            "repos/get-collaborator-permission-level": self.permission,
            "users/get-authenticated": self.authenticated,
            "users/get-by-username": self.user,
        }

    def authenticated(self, call: Call) -> Answer:
        if call.caller.app is not None:
            raise RefusedError(403, "Resource not accessible by integration")
        return Answer(body=self.answers.account(call.caller.login))

    def user(self, call: Call) -> Answer:
        login = call.names["username"]
        if login.lower() not in self.store.users:
            raise RefusedError(404, "Not Found")
        return Answer(body=self.answers.account(login))

    def rate_limit(self, _: Call) -> Answer:
        rate = {"limit": HOURLY_REQUESTS, "used": 0, "remaining": HOURLY_REQUESTS, "reset": 0}
        resources = {"core": rate, "search": rate}
        return Answer(body=self.answers.plain("rate-limit-overview", {"rate": rate, "resources": resources}))

    def create_installation_token(self, call: Call) -> Answer:
        app = self.store.apps.get(call.caller.itself or 0)
        if app is None:
            raise RefusedError(401, "A JSON web token could not be decoded")
        number = call.names["installation_id"]
        if not number.isdigit() or int(number) not in app.installations:
            raise RefusedError(404, "Not Found")
        if int(number) in app.suspended:
            raise RefusedError(403, "This installation has been suspended")
        asked = (call.body or {}).get("permissions")
        if asked is not None and any(app.permissions.get(name) not in (one, "write") for name, one in asked.items()):
            raise RefusedError(422, "The permissions requested are not granted to this installation.")
        token, identity = apps.new_token(self.store, app, int(number), asked)
        ends = datetime.fromtimestamp(identity.ends or 0, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        known = {"token": token, "expires_at": ends, "permissions": identity.permissions}
        return Answer(status=201, body=self.answers.plain("installation-token", known))

    def permission(self, call: Call) -> Answer:
        repository = self.repository(call)
        login = call.names["username"]
        may = "write" if login.lower() in {one.lower() for one in repository.writers} else "read"
        if login.lower() in repository.maintainers:
            may = "maintain"
        if login.lower() == repository.owner.lower() or login.lower() in repository.admins:
            may = "admin"
        known = {"permission": "write" if may == "maintain" else may, "role_name": may, "user": None}
        return Answer(body=self.answers.plain("repository-collaborator-permission", known))
