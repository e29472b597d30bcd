"""Writes the event log, and reads it back; `course.chain` checks the seal."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.course.chain import FIRST, Entry, seal
from pushmark_bot.db.tables import Course, Event


def append(session: Session, course: int, *, at: datetime, actor: str, kind: str, data: dict[str, Any]) -> Event:
    """Add an event to the course's log, in the caller's transaction.

    Two writers cannot take one number: the second waits at the course's row until the first is through (on PostgreSQL;
    on SQLite there is one writer at a time).
    """
    session.execute(select(Course.id).where(Course.id == course).with_for_update(key_share=True))
    last = session.scalars(
        select(Event).where(Event.course_id == course).order_by(Event.number.desc()).limit(1)
    ).one_or_none()
    number, before = (last.number + 1, last.digest) if last is not None else (1, FIRST)
    digest = seal(before, number, at, actor, kind, data)
    entry = Event(
        course_id=course, number=number, at=at, actor=actor, kind=kind, data=data, before=before, digest=digest
    )
    session.add(entry)
    session.flush()
    return entry


def entries(session: Session, course: int) -> list[Entry]:
    """The whole log of a course, in order."""
    rows = session.scalars(select(Event).where(Event.course_id == course).order_by(Event.number))
    return [
        Entry(
            number=row.number,
            at=row.at,
            actor=row.actor,
            kind=row.kind,
            data=row.data,
            before=row.before,
            digest=row.digest,
        )
        for row in rows
    ]
