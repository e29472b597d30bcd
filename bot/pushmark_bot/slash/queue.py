"""Keeps a command until it is done: one row for each comment, whatever is delivered how often."""

from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from pushmark_bot.db.tables import Attempt, Delivery, Request, Submission
from pushmark_bot.service.hooks import Comment
from pushmark_bot.slash.grammar import first_line

MOST_AN_HOUR = 30
"""Commands of one person on one pull request; more are not read. Each costs requests that everybody shares."""


def queue(session: Session, submission: Submission, comment: Comment, delivery: Delivery) -> bool:
    """Keep the command of a comment by a person; returns False when it was known, or is one too many."""
    if comment.user is None or session.scalars(select(Request.id).where(Request.comment == comment.id)).first():
        return False
    recent = select(func.count()).where(
        Request.submission_id == submission.id,
        Request.github_id == comment.user.id,
        Request.received > delivery.received - timedelta(hours=1),
    )
    if session.scalars(recent).one() >= MOST_AN_HOUR:
        return False
    session.add(
        Request(
            submission_id=submission.id,
            comment=comment.id,
            login=comment.user.login[:100],
            github_id=comment.user.id,
            line=first_line(comment.body or "").replace("\0", "\N{REPLACEMENT CHARACTER}"),
            received=delivery.received,
        )
    )
    session.flush()
    return True


def is_waiting(session: Session, submission: Submission) -> bool:
    """Whether a command is not done or not told, or an attempt is still to be graded again."""
    todo = or_(Request.state == "new", Request.told.is_(False))
    asked = select(Request.id).where(Request.submission_id == submission.id, todo).limit(1)
    again = select(Attempt.id).where(Attempt.submission_id == submission.id, Attempt.state == "asked").limit(1)
    return session.scalars(asked).first() is not None or session.scalars(again).first() is not None
