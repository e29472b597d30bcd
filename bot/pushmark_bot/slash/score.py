"""`/score TASK POINTS REASON`: staff set the points of a task; whatever is graded later, they count."""

from datetime import datetime

from sqlalchemy.orm import Session

from pushmark_bot.db import decisions
from pushmark_bot.db.tables import Submission
from pushmark_bot.slash.answer import Answer, refused
from pushmark_bot.slash.grammar import Command
from pushmark_bot.slash.situation import Situation


def decide(command: Command, now: Situation) -> Answer:
    """Set them, if the task can have them."""
    problem = decisions.faults(now.outline, command.task or 0, command.points or 0.0)
    if problem is not None:
        return refused(f"Not set: {problem[0]}. Next: {problem[1]}.")
    return Answer(act=True, reaction="+1")


def apply(session: Session, submission: Submission, command: Command, by: str, at: datetime) -> None:
    """Set them."""
    decisions.override(session, submission, command.task or 0, command.points or 0.0, command.reason, by=by, at=at)
