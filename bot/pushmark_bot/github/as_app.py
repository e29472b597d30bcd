"""What to do when GitHub refuses an app: another answer than the one for whoever holds a token."""

from collections.abc import Callable
from typing import TypeVar

from pushmark_bot.github.port import GitHubError
from pushmark_bot.github.retry import Retrying

STEP = "run `pushmark-bot doctor`: it tells whether key and clock are right, and where the app is installed"
_OURS = ("Check that GITHUB_TOKEN", "Give the job", "Check --repo")
"""How the next steps for holders of a token begin; a rate limit has another one, which is right for both."""
T = TypeVar("T")


class RetryingAsApp(Retrying):
    """Sends the requests of an app's installation."""

    def attempt(self, send: Callable[[], T], doing: str, written: Callable[[], T | None] | None = None) -> T:
        """As `Retrying` does. Raises GitHubError whose next step is one that a server's operator can take."""
        try:
            return super().attempt(send, doing, written)
        except GitHubError as refused:
            if refused.next_step.startswith(_OURS):
                refused.next_step = STEP
            raise
