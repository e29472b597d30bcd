"""What is done every so often beside reconciling, by one of all processes: whoever comes first when it is time."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from pushmark_graders.errors import PushmarkError
from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Chore as Row
from pushmark_bot.service.scheduler import LOOK

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
AGAIN = timedelta(minutes=1)
"""A chore that failed is tried again after so long, if it is not due before."""
_log = logging.getLogger("pushmark_bot")


class Chore(msgspec.Struct, frozen=True, kw_only=True):
    """Something to `do` every so often.

    It is told when all of it was done last (`NEVER` at first), and says whether all of it is done now; if not, it goes
    on soon, so that nobody who wants the process to end has to wait for long.
    """

    name: str
    every: timedelta
    do: Callable[[datetime], bool]


class Rounds:
    """Does each chore when it is time, in a thread of its own. `told` is called after one that was done."""

    def __init__(
        self,
        database: Database,
        chores: Sequence[Chore],
        told: Callable[[], None] = lambda: None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._chores = chores
        self._told = told
        self._clock = clock
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="pushmark-rounds")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the chore that is under way, then end."""
        self._ending.set()
        self._thread.join()

    def once(self) -> list[str]:
        """Do what it is time for; returns the names of what was done."""
        return [chore.name for chore in self._chores if not self._ending.is_set() and self._do(chore)]

    def _go_on(self) -> None:
        while not self._ending.is_set():
            self.once()
            self._ending.wait(LOOK.total_seconds())

    def _do(self, chore: Chore) -> bool:
        """Do a chore if it is time, and nobody else does."""
        try:
            last, began = self._claim(chore), self._clock()
            if last is None:
                return False
            try:
                done = chore.do(last)
            except BaseException:
                self._plan(chore, last, began + min(AGAIN, chore.every))
                raise
            self._plan(chore, began if done else last, began + chore.every if done else began)
            self._told()
        except PushmarkError as trouble:
            _log.error("%s: %s", chore.name, trouble)
            return False
        except Exception:  # a thread that ends leaves everything undone
            _log.exception("%s", chore.name)
            return False
        return True

    def _claim(self, chore: Chore) -> datetime | None:
        """When the chore was done last, if it is time; nobody else takes it up then."""
        dialect, now = (postgresql if self._database.is_shared else sqlite), self._clock()
        with self._database.session() as session:
            new = {"name": chore.name, "last": NEVER, "next": NEVER}
            session.execute(dialect.insert(Row).values(new).on_conflict_do_nothing())
            row = session.get_one(Row, chore.name, with_for_update=True)
            if now < row.next <= now + chore.every:
                return None
            row.next = now + chore.every
            return row.last

    def _plan(self, chore: Chore, last: datetime, following: datetime) -> None:
        with self._database.session() as session:
            session.execute(update(Row).where(Row.name == chore.name).values(last=last, next=following))
