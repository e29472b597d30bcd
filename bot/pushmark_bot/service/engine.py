"""The scheduler of one process: threads that take the next submission with work to do.

All state is in the database, so the process may end at any moment and be started again.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from pushmark_graders.errors import PushmarkError

from pushmark_bot.db.store import Database
from pushmark_bot.service.deliveries import hear_all
from pushmark_bot.service.due import due
from pushmark_bot.service.reconcile import Reconciler
from pushmark_bot.service.scheduler import LOOK, attempt

_log = logging.getLogger("pushmark_bot")


class Engine:
    """`reconcilers` work, each in a thread of its own."""

    def __init__(
        self,
        database: Database,
        reconcilers: list[Reconciler],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.reconcilers = reconcilers
        self._database = database
        self._clock = clock
        self._changed = threading.Condition()
        self._news = 0
        self._choosing = threading.Lock()
        self._busy: set[int] = set()
        self._ending = False
        self._threads = [
            threading.Thread(target=self._work, args=(one,), name=f"pushmark-worker-{at}")
            for at, one in enumerate(reconcilers, start=1)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is under way, then end."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def wake(self) -> None:
        """There is something new in the database."""
        with self._changed:
            self._news += 1
            self._changed.notify_all()

    def busy(self) -> set[int]:
        """The submissions that a thread works on."""
        with self._choosing:
            return set(self._busy)

    def _work(self, reconciler: Reconciler) -> None:
        while not self._ending:
            news = self._news
            number = self._next()
            if number is None:
                self._sleep(news)
                continue
            try:
                done = attempt(reconciler, number)
            finally:
                with self._choosing:
                    self._busy.discard(number)
            if not done:
                self._sleep(None)

    def _sleep(self, news: int | None) -> None:
        """Wait until there is more than the `news` that were there before we looked, or it is time to look."""
        with self._changed:
            self._changed.wait_for(lambda: self._ending or news not in (None, self._news), LOOK.total_seconds())

    def _next(self) -> int | None:
        """A submission with work to do that no other thread has; None when there is none, or nobody can tell."""
        with self._choosing:
            try:
                hear_all(self._database)
                with self._database.reading() as session:
                    found = due(session, self._clock(), busy=self._busy)
            except PushmarkError as trouble:
                _log.error("%s", trouble)
                return None
            except Exception:  # a thread that ends is a bot that does nothing
                _log.exception("choosing what to do")
                return None
            self._busy.update(one.number for one in found)
            return found[0].number if found else None
