"""The few of GitHub's web pages that signing in needs: the log-in, the authorisation, and the exchange of its code.

People log in with any password. As at GitHub, a code can be exchanged once, by the app that it was made for, and a
wrong one is answered with 200 and an error.
"""

import html
import json
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from pushmark_bot.testing.apps import App
from pushmark_bot.testing.store import Identity, Store

COOKIE = "user_session"
PAGES = frozenset({"/login", "/session", "/login/oauth/authorize", "/login/oauth/access_token"})
_BAD_CODE = {"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."}
_BAD_CLIENT = {"error": "incorrect_client_credentials", "error_description": "The client_id is not known."}


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a browser gets."""

    status: int = 200
    body: str = ""
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class Website:
    """The pages of one fake."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def answer(self, method: str, target: str, headers: dict[str, str], raw: bytes) -> Page:
        """Answer a browser, or an app that exchanges a code."""
        url = urlsplit(target)
        query, form = dict(parse_qsl(url.query)), dict(parse_qsl(raw.decode(errors="replace")))
        who = self._who(headers)
        match method, url.path:
            case "GET", "/login":
                return _form(
                    "/session", {"return_to": query.get("return_to", "/")}, "Sign in", ask=("login", "password")
                )
            case "POST", "/session":
                return self._log_in(form)
            case "GET", "/login/oauth/authorize" if not who:
                return Page(status=302, headers={"Location": f"/login?{urlencode({'return_to': target})}"})
            case "GET", "/login/oauth/authorize":
                return _form("/login/oauth/authorize", query, f"Authorize as {who}")
            case "POST", "/login/oauth/authorize" if who:
                return self._authorise(form, who)
            case "POST", "/login/oauth/access_token":
                return self._exchange(json.loads(raw) if raw.startswith(b"{") else form)
        return Page(status=404)

    def _who(self, headers: dict[str, str]) -> str:
        cookies = headers.get("Cookie", headers.get("cookie", ""))
        found = dict(part.strip().split("=", 1) for part in cookies.split(";") if "=" in part)
        return self._store.sign_ins.sessions.get(found.get(COOKIE, ""), "")

    def _log_in(self, form: dict[str, str]) -> Page:
        login, to = form.get("login", ""), form.get("return_to", "/")
        if login.lower() not in self._store.users or not to.startswith("/"):
            return Page(status=403, body="Incorrect username or password.")
        session = secrets.token_hex(12)
        self._store.sign_ins.sessions[session] = login
        return Page(status=302, headers={"Location": to, "Set-Cookie": f"{COOKIE}={session}; Path=/; HttpOnly"})

    def _app(self, client: str) -> App | None:
        return next((app for app in self._store.apps.values() if app.client_id == client), None)

    def _authorise(self, form: dict[str, str], who: str) -> Page:
        app = self._app(form.get("client_id", ""))
        to = form.get("redirect_uri", "")
        if app is None or to not in app.callbacks:
            return Page(status=404, body="The redirect_uri is not associated with this application.")
        back = {"state": form.get("state", "")}
        if form.get("cancel"):
            return Page(status=302, headers={"Location": f"{to}?{urlencode(back | {'error': 'access_denied'})}"})
        code = secrets.token_hex(10)
        self._store.sign_ins.codes[code] = (app.client_id, to, who)
        return Page(status=302, headers={"Location": f"{to}?{urlencode(back | {'code': code})}"})

    def _exchange(self, given: dict[str, str]) -> Page:
        app = self._app(given.get("client_id", ""))
        if app is None or given.get("client_secret") != app.client_secret:
            return _json(_BAD_CLIENT)
        client, _, login = self._store.sign_ins.codes.pop(given.get("code", ""), ("", "", ""))
        if client != app.client_id:
            return _json(_BAD_CODE)
        token = "ghu_" + secrets.token_hex(18)
        self._store.tokens[token] = Identity(login=login)
        return _json({"access_token": token, "token_type": "bearer", "scope": ""})


def _json(said: dict[str, str]) -> Page:
    return Page(body=json.dumps(said), kind="application/json; charset=utf-8")


def _form(action: str, hidden: dict[str, str], button: str, ask: tuple[str, ...] = ()) -> Page:
    kept = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in hidden.items()
    )
    asked = "".join(f'<label>{name} <input name="{name}"></label>' for name in ask)
    form = f'<form method="post" action="{action}">{kept}{asked}<button>{html.escape(button)}</button></form>'
    return Page(body=f"<!doctype html><title>GitHub</title>{form}")
