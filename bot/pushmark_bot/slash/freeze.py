"""`/freeze`: staff end a submission; later pushes are not graded."""

from datetime import datetime

from sqlalchemy.orm import Session

from pushmark_bot.db import decisions
from pushmark_bot.db.tables import Submission
from pushmark_bot.slash.answer import Answer, moment
from pushmark_bot.slash.grammar import Command
from pushmark_bot.slash.situation import Situation


def decide(_command: Command, now: Situation) -> Answer:
    """End it, once."""
    if now.rules.frozen is not None:
        return Answer(text=f"This submission is frozen since {moment(now.rules.frozen)}.")
    return Answer(act=True, reaction="+1")


def apply(session: Session, submission: Submission, _command: Command, by: str, at: datetime) -> None:
    """End it now."""
    decisions.freeze(session, submission, by=by, at=at)
