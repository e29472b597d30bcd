"""Signing people in with GitHub: the app's user authorisation, over PyGithub.

A person is sent to GitHub, comes back with a code, and the code is exchanged by us: the browser never sees a token. All
that we ask with it is who they are; then it is forgotten.
"""

from typing import Protocol
from urllib.parse import urlencode

from github import Auth, Github, GithubException

from pushmark_bot.github.organisation import Account
from pushmark_bot.github.port import GitHubError

SECONDS = 20
AGAIN = "go back and sign in again"


class SignIn(Protocol):
    """What the web pages need of GitHub."""

    def address(self, state: str, back: str) -> str:
        """Where to send somebody who wants to sign in; they come back to `back` with a code and this state."""

    def who(self, code: str) -> Account:
        """Whose code it is. Raises GitHubError."""


class PyGithubSignIn:
    """Signing in over PyGithub. Requests are not repeated: a code is good for one."""

    def __init__(self, *, client_id: str, client_secret: str, api_url: str, web_url: str) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._api_url = api_url.rstrip("/")
        self._web_url = web_url.rstrip("/")

    def address(self, state: str, back: str) -> str:
        """Where to send somebody who wants to sign in; they come back to `back` with a code and this state."""
        asked = {"client_id": self._client_id, "redirect_uri": back, "state": state, "prompt": "select_account"}
        return f"{self._web_url}/login/oauth/authorize?{urlencode(asked)}"

    def who(self, code: str) -> Account:
        """Whose code it is. Raises GitHubError."""
        asking = Github(base_url=self._api_url, retry=None, timeout=SECONDS, lazy=True)
        try:
            app = asking.get_oauth_application(self._client_id, self._client_secret)
            token = app.get_access_token(code).token
            with Github(auth=Auth.Token(token), base_url=self._api_url, retry=None, timeout=SECONDS) as theirs:
                user = theirs.get_user()
                return Account(id=user.id, login=user.login)
        except GithubException as refused:
            said = refused.data.get("error", "") if isinstance(refused.data, dict) else ""
            if said == "incorrect_client_credentials":
                step = "the server's client_id_file and client_secret_file are not those of the app"
                raise GitHubError("GitHub does not know this server.", step, refused.status) from refused
            raise GitHubError("GitHub did not accept the sign-in.", AGAIN, refused.status) from refused
        except OSError as trouble:
            raise GitHubError("GitHub could not be reached.", AGAIN) from trouble
        finally:
            asking.close()
