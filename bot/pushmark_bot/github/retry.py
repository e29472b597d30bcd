"""When to ask GitHub again, and how long to wait before: one policy for every request.

PyGithub's own retries are switched off. They would send a POST again without looking (a second comment),
would not retry the PATCH that edits one, and have no limit on `Retry-After`.
"""

import contextlib
import email.utils
import itertools
import math
import re
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec
from github import GithubException

from pushmark_bot.github.port import GitHubError, Patience

UNNAMED_LIMIT_WAIT = 60.0
"""GitHub's documentation: without a Retry-After header, wait at least one minute."""

T = TypeVar("T")


class Retrying:
    """Sends requests until they are done, as patiently as told. `calls` counts what was sent."""

    def __init__(self, patience: Patience, sleep: Callable[[float], None]) -> None:
        self.calls = 0
        self._patience = patience
        self._sleep = sleep

    def attempt(self, send: Callable[[], T], doing: str, written: Callable[[], T | None] | None = None) -> T:
        """Send until it is done. After an answer that leaves it open, look for what may be `written`."""
        for attempt in itertools.count():
            self.calls += 1
            try:
                return send()
            except AssertionError as pinned:
                # PyGithub asserts that every address in an answer is on the host it was given.
                step = "Set GITHUB_API_URL to the address that the server gives in its answers."
                raise GitHubError(f"Could not {doing}: the answer points to another host.", step) from pinned
            except (GithubException, OSError) as trouble:  # requests' exceptions are OSErrors
                failure = _failure(trouble)
                self._sleep(self._wait(failure, attempt, doing))
            if written is not None and failure.open and (found := written()) is not None:
                return found
        raise AssertionError("an endless loop ended")

    def once(self, send: Callable[[], T], doing: str) -> T:
        """Send what must not be sent twice. A status of 0, or from 500 on, says that it may have taken effect."""
        self.calls += 1
        try:
            return send()
        except (GithubException, OSError) as trouble:
            raise _refused(_failure(trouble), doing) from None

    def _wait(self, failure: "_Failure", attempt: int, doing: str) -> float:
        """Return how long to wait before the next try; raise when there is none."""
        wait = failure.wait
        if wait is None:
            raise _refused(failure, doing)
        wait = max(wait, self._patience.first_wait * 2.0**attempt)
        longest = min(self._patience.longest_wait, self._patience.longest_limit if failure.limited else math.inf)
        if longest == 0:
            what = f"Could not {doing}: GitHub asks to wait {wait:.0f} seconds."
            raise GitHubError(what, "It is tried again then.", failure.status, wait, limited=failure.limited)
        if wait > longest:
            what = f"Could not {doing}: GitHub asks to wait {wait:.0f} seconds, longer than the limit of "
            step = f"Run this again in {wait / 60:.0f} minutes, or raise --max-wait."
            raise GitHubError(f"{what}{longest:.0f}.", step, failure.status, wait, limited=failure.limited)
        if attempt >= self._patience.retries:
            what = f"Could not {doing}: {failure.message} ({attempt + 1} tries)."
            step = "See https://www.githubstatus.com and run this again."
            asked = wait if failure.limited else 0.0
            raise GitHubError(what, step, failure.status, asked, limited=failure.limited)
        return wait


class _Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A request that failed. `wait`: seconds before the next try, None when trying again is no use;
    `open`: the request may have taken effect all the same; `limited`: by a rate limit."""

    status: int
    message: str
    wait: float | None
    open: bool
    limited: bool = False


def _failure(trouble: GithubException | OSError) -> _Failure:
    if not isinstance(trouble, GithubException):
        return _Failure(status=0, message=f"no answer ({type(trouble).__name__})", wait=0, open=True)
    headers = {name.lower(): value for name, value in (trouble.headers or {}).items()}
    message = _message(trouble)
    if trouble.status >= 500:
        asked = _retry_after(headers) or 0.0
        return _Failure(status=trouble.status, message=message, wait=asked, open=True)
    limited = trouble.status == 429 or (trouble.status == 403 and _is_limit(message, headers))
    wait = _limit_wait(headers) if limited else None
    return _Failure(status=trouble.status, message=message, wait=wait, open=False, limited=limited)


def _message(trouble: GithubException) -> str:
    """GitHub's own words, short and on one line."""
    data = trouble.data
    said = data.get("message") if isinstance(data, dict) else None
    words = " ".join(re.sub(r"[^\x20-\x7e]+", " ", str(said or trouble.message or "no reason given")).split())
    return f"GitHub answered {trouble.status}: {words[:300]}"


def _is_limit(message: str, headers: Mapping[str, str]) -> bool:
    spent = headers.get("x-ratelimit-remaining") == "0"
    return spent or "retry-after" in headers or "rate limit" in message.lower()


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, which may be a number or a date."""
    given = headers.get("retry-after", "")
    if given.isdigit():
        return float(given)
    with contextlib.suppress(ValueError):
        return max(0.0, email.utils.parsedate_to_datetime(given).timestamp() - time.time())
    return None


def _limit_wait(headers: Mapping[str, str]) -> float:
    asked = _retry_after(headers)
    if asked is not None:
        return asked
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(0.0, float(reset) - time.time()) + 1  # the header counts whole seconds
    return UNNAMED_LIMIT_WAIT


def _refused(failure: _Failure, doing: str) -> GitHubError:
    """Say what a refusal means here, and what mends it."""
    if "via a GitHub App" in failure.message:
        step = "Only apps write check runs: use a workflow's GITHUB_TOKEN, or pass --no-check."
    else:
        step = {
            401: "Check that GITHUB_TOKEN is whole and has not expired.",
            403: "Give the job `pull-requests: write` and `checks: write`. A pull request from a fork has a "
            "read-only token: publish from a workflow_run job.",
            404: "Check --repo and --pr, and that the token may read the repository.",
            422: "Check that the commit is pushed (--sha) and the report is of this version.",
        }.get(failure.status, "Check GITHUB_API_URL and the token, and run this again.")
    return GitHubError(f"Could not {doing}: {failure.message}.", step, failure.status)
