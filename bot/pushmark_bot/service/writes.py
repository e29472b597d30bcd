"""How fast we write to GitHub: so many writes a minute and an hour for each installation, and then we wait.

GitHub asks for no more than 80 content-generating requests a minute and 500 an hour, and may ban who goes on. What
others write with the same installation is not counted here, so a refusal empties the bucket too.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

import msgspec

MINUTE, HOUR = 60.0, 3600.0


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Writes allowed in any minute and in any hour."""

    per_minute: int = 60
    per_hour: int = 500


class Writes:
    """The budget of every installation. Threads may share it; `clock` gives seconds that only go forward."""

    def __init__(self, pace: Pace, clock: Callable[[], float] = time.monotonic) -> None:
        self._pace = pace
        self._clock = clock
        self._lock = threading.Lock()
        self._sent: dict[int, deque[float]] = {}
        self._until: dict[int, float] = {}

    def take(self, installation: int, number: int = 1) -> float:
        """Reserve `number` writes. Returns 0 when they may be sent now, or after how many seconds to ask again."""
        with self._lock:
            now = self._clock()
            sent = self._sent.setdefault(installation, deque())
            while sent and sent[0] <= now - HOUR:
                sent.popleft()
            wait = max(
                self._until.get(installation, 0.0) - now,
                _wait(sent, self._pace.per_hour, number, HOUR, now),
                _wait(sent, self._pace.per_minute, number, MINUTE, now),
            )
            if wait > 0:
                return wait
            sent.extend([now] * number)
            return 0.0

    def refused(self, installation: int, seconds: float) -> None:
        """GitHub asked to wait: nothing is sent for this installation meanwhile."""
        with self._lock:
            until = self._clock() + seconds
            self._until[installation] = max(until, self._until.get(installation, 0.0))


def _wait(sent: deque[float], most: int, number: int, span: float, now: float) -> float:
    """Seconds until `number` more fit among `most` in any `span`."""
    recent = [moment for moment in sent if moment > now - span]
    over = len(recent) + number - most
    return 0.0 if over <= 0 else recent[min(over, len(recent)) - 1] + span - now
