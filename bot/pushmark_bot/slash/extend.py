"""`/extend @USER 2d`: staff give a learner of the course more time for this lab."""

from datetime import datetime, timedelta

from pushmark_graders.report.text import code
from sqlalchemy.orm import Session

from pushmark_bot.course.shown import days
from pushmark_bot.db import decisions
from pushmark_bot.db.tables import Submission
from pushmark_bot.slash.answer import Answer, moment, refused
from pushmark_bot.slash.grammar import Command
from pushmark_bot.slash.situation import Situation, by_login


def decide(command: Command, now: Situation) -> Answer:
    """Give it, and say what is due when."""
    if now.other is None:
        return refused(
            f"Nobody on the roster has the login {code(command.login)}. Somebody whose account is not known yet is "
            "given time with `pushmark-bot course extend`, by the school's identifier."
        )
    total = now.other.extra + (command.extra or timedelta())
    if total > decisions.ENOUGH_TIME:
        return refused(f"That would be more than {decisions.ENOUGH_TIME.days} days in all. Give less time.")
    due = now.base.due + total if now.base.due is not None else None
    until = f"it is due on {moment(due)}" if due is not None else "it has no deadline, so that nothing changes"
    return Answer(act=True, text=f"{code(command.login)} has {days(total)} more for this lab: {until}.")


def apply(session: Session, submission: Submission, command: Command, by: str, at: datetime) -> None:
    """Give it to whoever has the login now."""
    person = by_login(session, submission.assignment.course_id, command.login)
    if person is not None and command.extra is not None:
        decisions.extend(session, submission.assignment, person, command.extra, by=by, at=at)
