"""`/regrade [all]`: staff have the newest attempt, or all, graded again. It costs nothing; the better score counts."""

from datetime import datetime

from sqlalchemy.orm import Session

from pushmark_bot.db import decisions
from pushmark_bot.db.tables import Submission
from pushmark_bot.slash.answer import Answer, refused
from pushmark_bot.slash.grammar import Command
from pushmark_bot.slash.situation import Situation


def decide(command: Command, now: Situation) -> Answer:
    """Ask for it, unless that was done."""
    graded = sorted({one.number for one in now.taken if one.state == "graded"})
    if not graded:
        return refused("Nothing of this submission is graded yet, so that there is nothing to grade again.")
    wanted = graded if command.everything else graded[-1:]
    if set(wanted) <= set(now.waiting):
        return Answer(text="That is waiting to be graded again already.")
    return Answer(act=True, reaction="eyes")


def apply(session: Session, submission: Submission, command: Command, by: str, at: datetime) -> None:
    """Ask for it."""
    decisions.grade_again(session, submission, everything=command.everything, by=by, at=at)
