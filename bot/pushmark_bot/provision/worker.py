"""Makes repositories in the running server: for those who accept a lab, and for whom a command has asked."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from pushmark_graders.errors import PushmarkError
from sqlalchemy import or_, select

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Provision
from pushmark_bot.provision.provisioner import Provisioner
from pushmark_bot.provision.rows import DONE

LOOK_SECONDS = 5.0
"""How long it sleeps before it looks into the database by itself."""
_log = logging.getLogger("pushmark_bot")


class Worker:
    """A thread that makes one repository after the other. All state is in the database: it may end at any moment."""

    def __init__(
        self,
        database: Database,
        provisioner: Provisioner,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._provisioner = provisioner
        self._clock = clock
        self._changed = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._work, name="pushmark-provision")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the step under way, then end."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._thread.join()

    def wake(self) -> None:
        """Somebody has asked for a repository."""
        with self._changed:
            self._changed.notify_all()

    def _work(self) -> None:
        while not self._ending:
            if not self._one():
                with self._changed:
                    if not self._ending:
                        self._changed.wait(LOOK_SECONDS)

    def _one(self) -> bool:
        """Do what can be done for one learner; returns whether there may be more at once."""
        try:
            number = self._next()
            if number is None:
                return False
            return self._provisioner.advance(number).state != "paced"
        except PushmarkError as trouble:
            _log.error("%s", trouble)
        except Exception:
            _log.exception("a learner's repository")
        return False

    def _next(self) -> int | None:
        """Whose turn it is: those who wait at a page come first."""
        now = self._clock()
        with self._database.reading() as session:
            return session.scalars(
                select(Provision.id)
                .where(
                    Provision.step != DONE,
                    Provision.stuck.is_(False),
                    or_(Provision.retry.is_(None), Provision.retry <= now),
                    or_(Provision.held_until.is_(None), Provision.held_until <= now),
                )
                .order_by(Provision.urgent.desc(), Provision.id)
                .limit(1)
            ).one_or_none()
