"""What stored deliveries mean for submissions: that something was pushed, and when we heard of it."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Delivery, Push, Submission
from pushmark_bot.service.hooks import Heard, NotOurs, hear
from pushmark_bot.slash.queue import queue

AT_ONCE = 500


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
    new = session.scalars(
        select(Delivery).where(Delivery.state == "new").order_by(Delivery.received, Delivery.guid).limit(AT_ONCE)
    ).all()
    for delivery in new:
        try:
            heard = hear(delivery.event, delivery.body)
        except (NotOurs, msgspec.DecodeError):
            delivery.state = "broken"
            continue
        _note(session, delivery, heard)
        delivery.state, delivery.body = "done", b""
    return len(new)


def _note(session: Session, delivery: Delivery, heard: Heard) -> None:
    if heard.pull is None:
        return
    submission = session.scalars(
        select(Submission).where(Submission.repository == heard.pull.repo.lower(), Submission.pull == heard.pull.number)
    ).one_or_none()
    if submission is None or (heard.comment is not None and not queue(session, submission, heard.comment, delivery)):
        return
    submission.heard += 1
    submission.heard_at = delivery.received
    submission.retry = None
    if heard.sha:
        _note_push(session, submission, heard.sha, delivery)


def _note_push(session: Session, submission: Submission, sha: str, delivery: Delivery) -> None:
    """Deliveries come in any order: the earliest word of a commit is when it was pushed."""
    known = session.scalars(select(Push).where(Push.submission_id == submission.id, Push.sha == sha)).one_or_none()
    if known is None:
        session.add(Push(submission_id=submission.id, sha=sha, received=delivery.received))
        session.flush()
    else:
        known.received = min(known.received, delivery.received)
