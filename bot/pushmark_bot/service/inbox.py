"""Deliveries on their way into the database: many at once, each safe on disk before it is answered.

One thread writes. What arrives while it is busy goes with the next transaction, so that a burst costs few of them.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from datetime import datetime

import msgspec
from pushmark_graders.errors import PushmarkError
from sqlalchemy.dialects import postgresql, sqlite

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Delivery

AT_ONCE = 200


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that was signed, and is our business."""

    guid: str
    event: str
    installation: int
    body: bytes
    received: datetime


class _Waiting(msgspec.Struct, frozen=True):
    arrival: Arrival
    loop: asyncio.AbstractEventLoop
    stored: "asyncio.Future[None]"


class Inbox:
    """Stores deliveries; `told` is called, in the writing thread, after each transaction that stored some."""

    def __init__(self, database: Database, told: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._told = told
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="pushmark-inbox", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Store what is queued, then end."""
        self._queue.put(None)
        self._thread.join()

    async def store(self, arrival: Arrival) -> None:
        """Return once the delivery is on disk; one that was there already stays as it is. Raises DatabaseError."""
        loop = asyncio.get_running_loop()
        stored = loop.create_future()
        self._queue.put(_Waiting(arrival, loop, stored))
        await stored

    def _write(self) -> None:
        ending = False
        while not ending:
            first = self._queue.get()
            batch = [] if first is None else [first]
            ending = first is None
            while len(batch) < AT_ONCE and not self._queue.empty():
                more = self._queue.get()
                if more is None:
                    ending = True
                else:
                    batch.append(more)
            if batch:
                self._store(batch)

    def _store(self, batch: list[_Waiting]) -> None:
        trouble: PushmarkError | None = None
        try:
            insert_new(self._database, [one.arrival for one in batch])
        except PushmarkError as error:
            trouble = error
        for loop in {one.loop for one in batch}:
            loop.call_soon_threadsafe(_settle, [one.stored for one in batch if one.loop is loop], trouble)
        if trouble is None:
            self._told()


def _settle(stored: "list[asyncio.Future[None]]", trouble: PushmarkError | None) -> None:
    for one in stored:
        if one.done():  # who asked has hung up meanwhile
            continue
        if trouble is None:
            one.set_result(None)
        else:
            one.set_exception(trouble)


def insert_new(database: Database, arrivals: list[Arrival]) -> None:
    """Store deliveries in one transaction; one whose id is known changes nothing."""
    dialect = sqlite if database.engine.dialect.name == "sqlite" else postgresql
    rows = [{**msgspec.structs.asdict(arrival), "state": "new"} for arrival in arrivals]
    with database.session() as session:
        session.execute(dialect.insert(Delivery).on_conflict_do_nothing(), rows)
