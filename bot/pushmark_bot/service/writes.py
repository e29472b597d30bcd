"""How fast we write to GitHub: so many writes a minute and an hour for each installation, and then we wait.

GitHub asks for no more than 80 content-generating requests a minute and 500 an hour, and may ban who goes on. What was
sent is kept in the database, so that all workers share one budget and a restart does not forget it. What others write
with the same installation is not counted here, so a refusal of GitHub's closes the installation for as long as it says.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Pace as Row
from pushmark_bot.db.tables import Sent

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOTHING = timedelta()


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Writes allowed in any minute and in any hour."""

    per_minute: int = 60
    per_hour: int = 500


class Writes:
    """The budget of every installation, for threads and processes alike."""

    def __init__(
        self, database: Database, pace: Pace, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._pace = pace
        self._clock = clock

    def take(self, installation: int, number: int = 1) -> float:
        """Reserve `number` writes. Returns 0 when they may be sent now, or after how many seconds to ask again.

        That is noted for everybody.
        """
        with self._database.session() as session:
            row, now = _locked(session, installation), self._clock()
            wait = max(_until(row.closed_until, now), room(_sent(session, installation, now), self._pace, number, now))
            if wait > NOTHING:
                row.full_until = now + wait
            else:
                row.full_until = None
                session.add(Sent(installation=installation, at=now, number=number))
            return wait.total_seconds()

    def refused(self, installation: int, seconds: float) -> None:
        """GitHub asked to wait: nothing is sent for this installation meanwhile."""
        with self._database.session() as session:
            row, until = _locked(session, installation), self._clock() + timedelta(seconds=seconds)
            row.closed_until = max(until, row.closed_until or until)

    def closed(self, installation: int) -> float:
        """For how many seconds nothing is to be sent for this installation, because GitHub said so."""
        with self._database.reading() as session:
            row = session.get(Row, installation)
            return _until(row.closed_until if row is not None else None, self._clock()).total_seconds()


def _locked(session: Session, installation: int) -> Row:
    """The installation's row, which nobody else changes until this transaction ends."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(Row).values(installation=installation).on_conflict_do_nothing())
    return session.get_one(Row, installation, with_for_update=True)


def _until(moment: datetime | None, now: datetime) -> timedelta:
    return max(moment - now, NOTHING) if moment is not None else NOTHING


def _sent(session: Session, installation: int, now: datetime) -> list[datetime]:
    """When each write of the last hour was sent, in order. Older ones are forgotten."""
    session.execute(delete(Sent).where(Sent.installation == installation, Sent.at <= now - HOUR))
    rows = session.execute(select(Sent.at, Sent.number).where(Sent.installation == installation).order_by(Sent.at))
    return [at for at, number in rows for _ in range(number)]


def room(sent: Sequence[datetime], pace: Pace, number: int, now: datetime) -> timedelta:
    """How long until `number` more writes fit beside those that were `sent` (in order) within the last hour."""
    return max(
        _fits(sent, pace.per_hour, number, HOUR, now),
        _fits(sent, pace.per_minute, number, MINUTE, now),
    )


def _fits(sent: Sequence[datetime], most: int, number: int, span: timedelta, now: datetime) -> timedelta:
    recent = [moment for moment in sent if moment > now - span]
    over = len(recent) + number - most
    return NOTHING if over <= 0 else max(recent[min(over, len(recent)) - 1] + span - now, NOTHING)
