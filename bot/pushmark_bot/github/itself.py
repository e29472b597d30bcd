"""What an app asks and tells in its own name, not in that of an installation: PyGithub has no methods for most of it.

Every answer is given back as it is, with GitHub's time: whoever asks here wants to know what is wrong.
"""

import email.utils
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import msgspec
import requests
from pushmark_graders.errors import PushmarkError

from pushmark_bot.github.library import API_VERSION
from pushmark_bot.github.port import GitHubError

EARLIER, LATER = 60, 300
"""Seconds before and after now for which a signature is good, as PyGithub makes them; GitHub allows 600 in all."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: its status, its JSON (None where there is none), and the time on GitHub's clock."""

    status: int
    body: Any
    at: datetime | None

    @property
    def message(self) -> str:
        """GitHub's own words, short and on one line."""
        said = self.body.get("message") if isinstance(self.body, dict) else None
        return " ".join(str(said or "no reason given").split())[:200]


class AppItself:
    """Asks as the app. Without a key it asks as nobody. Nothing is tried again, and nothing waits for long."""

    def __init__(
        self,
        *,
        api_url: str,
        app: int = 0,
        private_key: str = "",
        seconds: float = 10.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._app = app
        self._key = private_key
        self._seconds = seconds
        self._clock = clock

    @property
    def signs(self) -> bool:
        """Whether it has a key to sign with."""
        return bool(self._key)

    def ask(self, path: str, *, method: str = "GET") -> Told:
        """Send a request and give back the answer, whatever it says. Raises GitHubError when there is none."""
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": API_VERSION,
            "User-Agent": "pushmark-bot",
        }
        if self._key:
            headers["Authorization"] = f"Bearer {self._signed()}"
        try:
            with requests.request(
                method, f"{self._api_url}{path}", headers=headers, timeout=self._seconds, allow_redirects=False
            ) as answer:
                return Told(status=answer.status_code, body=_json(answer), at=_date(answer.headers.get("Date", "")))
        except requests.RequestException as trouble:
            step = "check the network and a proxy's settings, and api_url in the configuration"
            raise GitHubError(f"{self._api_url} does not answer ({type(trouble).__name__})", step) from None

    def _signed(self) -> str:
        now = int(self._clock())
        claims = {"iat": now - EARLIER, "exp": now + LATER, "iss": str(self._app)}
        try:
            return jwt.encode(claims, self._key, algorithm="RS256")
        except (jwt.InvalidKeyError, ValueError, TypeError):
            raise PushmarkError(
                "the private key is none (PEM)",
                "take the .pem file that GitHub gave, or make a new key in its settings",
            ) from None


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _date(header: str) -> datetime | None:
    try:
        return email.utils.parsedate_to_datetime(header).astimezone(UTC)
    except ValueError:
        return None
