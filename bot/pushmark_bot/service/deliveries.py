"""What stored deliveries mean for submissions: that something was pushed, and when we heard of it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from pushmark_bot.db.locks import one_at_a_time
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Delivery, Missed, Push, Submission
from pushmark_bot.service.hooks import Heard, NotOurs, hear
from pushmark_bot.service.lanes import Lane
from pushmark_bot.slash.queue import queue

AT_ONCE = 500
NEWS = 1
"""Whoever changes many submissions at a time does so alone, so that two never wait for each other."""


def hear_all(database: Database) -> None:
    """Deal with every new delivery."""
    while True:
        with database.reading() as session:
            if session.scalars(select(Delivery.guid).where(Delivery.state == "new").limit(1)).one_or_none() is None:
                return
        with database.session() as session:
            digest(session)


def digest(session: Session) -> int:
    """Deal with the oldest new deliveries; returns how many there were (at most `AT_ONCE`).

    A delivery that was dealt with keeps its id, so that it is known when it comes again, and loses its body.
    """
    one_at_a_time(session, NEWS)
    new = session.scalars(
        select(Delivery).where(Delivery.state == "new").order_by(Delivery.received, Delivery.guid).limit(AT_ONCE)
    ).all()
    sent = _sent(session, new)
    for delivery in new:
        try:
            heard = hear(delivery.event, delivery.body)
        except (NotOurs, msgspec.DecodeError):
            delivery.state = "broken"
            continue
        _note(session, delivery, heard, sent.get(delivery.guid, delivery.received))
        delivery.state, delivery.body = "done", b""
    return len(new)


def _sent(session: Session, deliveries: Sequence[Delivery]) -> dict[str, datetime]:
    """When GitHub sent those that missed us at first."""
    guids = [delivery.guid for delivery in deliveries]
    return {row.guid: row.sent for row in session.scalars(select(Missed).where(Missed.guid.in_(guids)))}


def _note(session: Session, delivery: Delivery, heard: Heard, at: datetime) -> None:
    if heard.pull is None:
        return
    submission = session.scalars(
        select(Submission).where(Submission.repository == heard.pull.repo.lower(), Submission.pull == heard.pull.number)
    ).one_or_none()
    if submission is None or (heard.comment is not None and not queue(session, submission, heard.comment, delivery)):
        return
    tell(session, submission.id, Lane.COMMAND if heard.event == "issue_comment" else Lane.PUSH, at)
    if heard.sha:
        _note_push(session, submission.id, heard, at)


def tell(session: Session, number: int, lane: Lane, at: datetime) -> None:
    """Let a submission be looked at; the count is raised in the database, where others may raise it too."""
    session.execute(
        update(Submission)
        .where(Submission.id == number)
        .values(
            heard=Submission.heard + 1,
            heard_at=at,
            retry=None,
            lane=case((Submission.lane < int(lane), int(lane)), else_=Submission.lane),
        )
    )


def _note_push(session: Session, number: int, heard: Heard, at: datetime) -> None:
    """Deliveries come in any order: the earliest word of a commit is when it was pushed."""
    known = session.scalars(select(Push).where(Push.submission_id == number, Push.sha == heard.sha)).one_or_none()
    if known is None:
        session.add(Push(submission_id=number, sha=heard.sha, received=at, before=heard.before, told=True))
        session.flush()
    else:
        known.received, known.told = min(known.received, at), True
        known.before = known.before or heard.before
