"""Runs the bot in one process: threads that take the next submission with work to do, and one that looks for more.

All state is in the database, so the process may end at any moment and be started again.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pushmark_graders.errors import PushmarkError
from sqlalchemy import or_, select, update

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Submission
from pushmark_bot.service.deliveries import hear_all
from pushmark_bot.service.reconcile import Reconciler

LOOK_SECONDS = 5.0
"""How long an idle thread sleeps before it looks into the database by itself."""
_log = logging.getLogger("pushmark_bot")


class Engine:
    """`reconcilers` work, each in a thread of its own. With `poll`, GitHub is asked about every submission so often."""

    def __init__(
        self,
        database: Database,
        reconcilers: list[Reconciler],
        *,
        poll: timedelta = timedelta(),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.reconcilers = reconcilers
        self._database = database
        self._poll = poll
        self._clock = clock
        self._polled = clock()
        self._changed = threading.Condition()
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
            self._changed.notify_all()

    def _work(self, reconciler: Reconciler) -> None:
        while not self._ending:
            try:
                number = self._next()
            except PushmarkError as trouble:
                _log.error("%s", trouble)
                number = None
            if number is None:
                with self._changed:
                    if not self._ending:
                        self._changed.wait(LOOK_SECONDS)
                continue
            try:
                reconciler.reconcile(number)
            except PushmarkError as trouble:
                _log.error("submission %d: %s", number, trouble)
                self._pause()
            except Exception:
                _log.exception("submission %d", number)
                self._pause()
            finally:
                with self._choosing:
                    self._busy.discard(number)

    def _pause(self) -> None:
        """After a fault that could not be written down: not at once again."""
        with self._changed:
            self._changed.wait(LOOK_SECONDS)

    def _next(self) -> int | None:
        """A submission with work to do that no other thread has."""
        with self._choosing:
            hear_all(self._database)
            if self._poll and self._clock() - self._polled >= self._poll:
                self._polled = self._clock()
                with self._database.session() as session:
                    session.execute(update(Submission).values(heard=Submission.heard + 1))
            number = self._due()
            if number is not None:
                self._busy.add(number)
            return number

    def _due(self) -> int | None:
        now = self._clock()
        with self._database.reading() as session:
            found = session.scalars(
                select(Submission.id)
                .where(
                    or_(Submission.retry.is_(None), Submission.retry <= now),
                    or_(
                        Submission.heard != Submission.seen,
                        Submission.wanted_sha != Submission.graded_sha,
                        Submission.graded_sha != Submission.published_sha,
                        Submission.retry.is_not(None),
                    ),
                    Submission.id.not_in(self._busy),
                    Submission.archived.is_(None),
                )
                .order_by(Submission.heard_at, Submission.id)
                .limit(1)
            )
            return found.one_or_none()
