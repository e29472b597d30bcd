"""What stored deliveries mean for submissions: that something was pushed, and when we heard of it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from pushmark_bot.db.locks import one_at_a_time
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Delivery, Missed, Push, Submission
from pushmark_bot.github import PullRequest
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
    understood = {delivery.guid: heard for delivery in new if (heard := _understood(delivery)) is not None}
    sent, submissions = _sent(session, understood), _submissions(session, understood.values())
    for delivery in new:
        heard = understood.get(delivery.guid)
        submission = submissions.get(heard.pull) if heard is not None and heard.pull is not None else None
        if heard is not None and submission is not None:
            _note(session, submission, delivery, heard, sent.get(delivery.guid, delivery.received))
    _settle(session, [one.guid for one in new if one.guid in understood], "done", body=b"")
    _settle(session, [one.guid for one in new if one.guid not in understood], "broken")
    return len(new)


def _understood(delivery: Delivery) -> Heard | None:
    """What a delivery says, with the repository in small letters; None for one that we can make nothing of."""
    try:
        heard = hear(delivery.event, delivery.body)
    except (NotOurs, msgspec.DecodeError):
        return None
    if heard.pull is None:
        return heard
    return replace(heard, pull=replace(heard.pull, repo=heard.pull.repo.lower()))


def _settle(session: Session, guids: Sequence[str], state: str, **values: bytes) -> None:
    if guids:
        stored = update(Delivery).where(Delivery.guid.in_(guids)).values(state=state, **values)
        session.execute(stored, execution_options={"synchronize_session": False})


def _sent(session: Session, guids: Collection[str]) -> dict[str, datetime]:
    """When GitHub sent those that missed us at first."""
    return {row.guid: row.sent for row in session.scalars(select(Missed).where(Missed.guid.in_(guids)))}


def _submissions(session: Session, said: Iterable[Heard]) -> dict[PullRequest, Submission]:
    """The submissions that these deliveries are about: most are about none."""
    repositories = {heard.pull.repo for heard in said if heard.pull is not None}
    found = session.scalars(select(Submission).where(Submission.repository.in_(repositories)))
    return {PullRequest(row.repository, row.pull): row for row in found}


def _note(session: Session, submission: Submission, delivery: Delivery, heard: Heard, at: datetime) -> None:
    if heard.comment is not None and not queue(session, submission, heard.comment, delivery):
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
