"""Trouble on order: the next matching request is refused, slowed by a limit, or answered after a crash.

`stored=True` is the nasty one: the request takes effect and the client is told 502 all the same.
"""

import threading
import time
from dataclasses import dataclass, field

from pushmark_bot.testing.contract import Json


@dataclass(kw_only=True)
class Fault:
    """What happens to the next `times` requests whose method and path match; `dropped` hangs up on them."""

    method: str
    path: str
    status: int = 502
    stored: bool = False
    dropped: bool = False
    times: int = 1
    message: str = "Server Error"
    headers: dict[str, str] = field(default_factory=dict)

    def answer(self) -> Json:
        """The body of the refusal."""
        return {"message": self.message, "documentation_url": "https://docs.github.com/rest"}


class Faults:
    """The faults that wait for their request, first come, first served."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Let a fault wait for its request."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Let none wait any longer."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that this request meets, and use up one of its times."""
        with self._lock:
            for fault in self._waiting:
                if fault.method == method and fault.path in path:
                    fault.times -= 1
                    if fault.times == 0:
                        self._waiting.remove(fault)
                    return fault
        return None

    @property
    def waiting(self) -> list[Fault]:
        """The faults that no request has met yet."""
        return list(self._waiting)


def secondary_limit(method: str, path: str, *, status: int = 403, retry_after: int | None = 1, times: int = 1) -> Fault:
    """GitHub's answer to too much at once, with or without the header that says how long to wait."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return Fault(method=method, path=path, status=status, times=times, message=message, headers=headers)


def primary_limit(method: str, path: str, *, reset_in: float = 1, times: int = 1) -> Fault:
    """GitHub's answer when the hour's requests are used up; the header says when the next hour begins."""
    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time() + reset_in))}
    message = "API rate limit exceeded for installation."
    return Fault(method=method, path=path, status=403, times=times, message=message, headers=reset)
