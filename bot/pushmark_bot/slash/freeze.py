"""`/freeze`: staff end a submission, so that later pushes are not graded; `/freeze off` takes that back."""

from datetime import datetime

from sqlalchemy.orm import Session

from pushmark_bot.db import decisions
from pushmark_bot.db.tables import Submission
from pushmark_bot.slash.answer import Answer, moment
from pushmark_bot.slash.grammar import Command
from pushmark_bot.slash.situation import Situation


def decide(command: Command, now: Situation) -> Answer:
    """End it, or take that back, once."""
    frozen = now.rules.frozen
    if command.off:
        return Answer(text="This submission is not frozen.") if frozen is None else Answer(act=True, reaction="+1")
    if frozen is not None:
        return Answer(text=f"This submission is frozen since {moment(frozen)}.")
    return Answer(act=True, reaction="+1")


def apply(session: Session, submission: Submission, command: Command, by: str, at: datetime) -> None:
    """Do it now."""
    if command.off:
        decisions.thaw(session, submission, by=by, at=at)
    else:
        decisions.freeze(session, submission, by=by, at=at)
