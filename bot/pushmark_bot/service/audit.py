"""Asks GitHub which webhooks did not reach us, and has them sent again: GitHub itself sends each one once.

What it tells counts from when GitHub sent it first: a push is not late because our server was down.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Delivery, Missed
from pushmark_bot.github import Sent
from pushmark_bot.service.hooks import is_wanted

KEPT = timedelta(days=3)
"""GitHub sends again what is not older."""
OVERLAP = timedelta(minutes=10)
"""Deliveries are listed a little after they were sent, and clocks differ."""
AT_ONCE = 50
_log = logging.getLogger("pushmark_bot")


class Hooks(Protocol):
    """What GitHub sent to our address, newest first, and a way to have it sent again."""

    def sent(self, since: datetime) -> list[Sent]: ...

    def send_again(self, delivery: int) -> None: ...


def audit(database: Database, hooks: Hooks, last: datetime, clock: Callable[[], datetime]) -> bool:
    """Have deliveries that failed since shortly before the `last` audit sent again; returns whether these are all."""
    since = max(last - OVERLAP, clock() - KEPT)
    failed = _failed([one for one in hooks.sent(since) if is_wanted(one.event, one.action)])
    with database.reading() as session:
        here = set(session.scalars(select(Delivery.guid).where(Delivery.guid.in_(list(failed)))))
    missed = {guid: tries for guid, tries in failed.items() if guid not in here}
    _remember(database, missed, clock())
    if missed:
        _log.warning("deliveries that did not reach us: %d; GitHub is asked to send them again", len(missed))
    for tries in list(missed.values())[:AT_ONCE]:
        hooks.send_again(tries[0].id)
    return len(missed) <= AT_ONCE


def _failed(sent: list[Sent]) -> dict[str, list[Sent]]:
    """The tries of each delivery, newest first, of those that no try brought to us; oldest deliveries first."""
    tries: dict[str, list[Sent]] = {}
    for one in reversed(sent):
        tries.setdefault(one.guid, []).insert(0, one)
    return {guid: of_it for guid, of_it in tries.items() if not any(one.arrived for one in of_it)}


def _remember(database: Database, missed: dict[str, list[Sent]], now: datetime) -> None:
    dialect = postgresql if database.is_shared else sqlite
    with database.session() as session:
        session.execute(delete(Missed).where(Missed.sent < now - 2 * KEPT))
        for guid, tries in missed.items():
            row = {"guid": guid, "sent": min(one.at for one in tries)}
            session.execute(dialect.insert(Missed).values(row).on_conflict_do_nothing())
