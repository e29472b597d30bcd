"""GitHub's secondary limit on writes: so many a minute and an hour for each app, and then 403 with Retry-After."""

from collections import deque

from pushmark_bot.testing.faults import Fault, secondary_limit
from pushmark_bot.testing.store import Store

MINUTE, HOUR = 60.0, 3600.0


class WritePace:
    """Counts writes by the store's clock. `limited` counts those that were refused."""

    def __init__(self, store: Store, *, per_minute: int, per_hour: int) -> None:
        self._store = store
        self._most = ((MINUTE, per_minute), (HOUR, per_hour))
        self._sent: deque[float] = deque()
        self.limited = 0

    def limit(self, method: str, path: str) -> Fault | None:
        """The refusal that a write meets now, or None; getting a token is no write."""
        if method == "GET" or path.endswith("/access_tokens"):
            return None
        now = self._store.clock().timestamp()
        while self._sent and self._sent[0] <= now - HOUR:
            self._sent.popleft()
        for span, most in self._most:
            recent = [moment for moment in self._sent if moment > now - span]
            if len(recent) >= most:
                self.limited += 1
                wait = int(recent[len(recent) - most] + span - now) + 1
                return secondary_limit(method, path, retry_after=wait)
        self._sent.append(now)
        return None
