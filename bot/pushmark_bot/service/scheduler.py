"""The one thing that differs between one process and many: how due submissions come to those who reconcile them.

`engine.Engine` is the scheduler of one process, `queue.Queue` that of any number on PostgreSQL.
"""

import logging
from datetime import timedelta
from typing import Protocol

from pushmark_graders.errors import PushmarkError

from pushmark_bot.service.reconcile import Reconciler

LOOK = timedelta(seconds=5)
"""How long a scheduler sleeps before it looks into the database by itself."""
_log = logging.getLogger("pushmark_bot")


class Scheduler(Protocol):
    """Brings each due submission to a reconciler, and never one submission to two of them at once."""

    def start(self) -> None:
        """Begin to work, in threads of its own."""

    def stop(self) -> None:
        """Finish what is under way, then end."""

    def wake(self) -> None:
        """There is something new in the database."""

    def busy(self) -> set[int]:
        """The submissions that somebody works on at this moment, wherever that is."""


def attempt(reconciler: Reconciler, number: int) -> bool:
    """Reconcile a submission; False after a fault that could not be written down, which ends nothing but this."""
    try:
        reconciler.reconcile(number)
    except PushmarkError as trouble:
        _log.error("submission %d: %s", number, trouble)
        return False
    except Exception:
        _log.exception("submission %d", number)
        return False
    return True
