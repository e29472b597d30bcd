"""`/release`: staff show the learner a result that was held back."""

from datetime import datetime

from sqlalchemy.orm import Session

from pushmark_bot.db import decisions
from pushmark_bot.db.tables import Submission
from pushmark_bot.slash.answer import Answer
from pushmark_bot.slash.grammar import Command
from pushmark_bot.slash.situation import Situation


def decide(_command: Command, now: Situation) -> Answer:
    """Show it, if it is held back."""
    if not now.held_back:
        return Answer(text="Nothing is held back here.")
    return Answer(act=True, reaction="+1")


def apply(session: Session, submission: Submission, _command: Command, by: str, at: datetime) -> None:
    """Show it from now on."""
    decisions.release(session, submission, by=by, at=at)
