"""`/appeal CHECK REASON`: a learner's word that a check is wrong; staff read it with `pushmark-bot course appeals`."""

from datetime import datetime

from pushmark_graders.report.text import code, prose
from sqlalchemy.orm import Session

from pushmark_bot.db import attempts, decisions
from pushmark_bot.db.tables import Submission
from pushmark_bot.slash.answer import Answer, refused
from pushmark_bot.slash.grammar import Command
from pushmark_bot.slash.situation import Situation


def decide(command: Command, now: Situation) -> Answer:
    """Keep it, if there is such a check; else list those that there are."""
    if now.report is None:
        return refused("Nothing of this submission is graded yet, so that there is nothing to appeal.")
    checks = {
        check.id: check for task in now.report.tasks for check in task.checks if not (check.hidden and now.held_back)
    }
    if command.check not in checks:
        listed = "\n".join(f"- {code(name)}: {prose(check.title, 200)}" for name, check in checks.items())
        return refused(f"There is no check {code(command.check)}. These are the checks:\n\n{listed}")
    return Answer(
        act=True,
        text=f"Noted: staff will look at {code(command.check)} of {code(now.graded[:10])}. "
        "What they decide will be in the report's comment.",
    )


def apply(session: Session, submission: Submission, command: Command, by: str, at: datetime) -> None:
    """Keep it with the commit that it is about."""
    task = attempts.task_of(session, submission, command.check)
    decisions.appeal(session, submission, command.check, task, command.reason, by=by, at=at)
