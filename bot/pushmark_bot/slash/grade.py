"""`/grade`: the newest commit is graded in full now, as a push is, and costs an attempt.

Useful where a push was put back: when no attempt was left at the time, or when something on our side is tried again
later. A commit that was graded is not graded again: its first outcome stands, so that chance buys no second look.
"""

from datetime import datetime

from pushmark_graders.course import budget
from pushmark_graders.report.text import code
from sqlalchemy.orm import Session

from pushmark_bot.course.deadlines import standing
from pushmark_bot.db.tables import Submission
from pushmark_bot.slash.answer import Answer, moment, refused
from pushmark_bot.slash.grammar import Command
from pushmark_bot.slash.situation import Situation


def decide(_command: Command, now: Situation) -> Answer:
    """Grade it, or say why not."""
    reason = not_gradable(now)
    if reason:
        return refused(reason)
    same = next((one for one in now.taken if one.commit == now.head and one.state == "graded"), None)
    if same is not None:
        return Answer(
            text=f"{code(now.head[:10])} was graded already, as attempt {same.number}: its report is in the comment on "
            "this pull request. The same commit is not graded twice; push what you changed."
        )
    decision = budget.decide(now.limits, now.taken, now.head, "", now.now)
    if isinstance(decision, budget.Refused):
        return refused(no_attempt(decision))
    return Answer(act=True, reaction="eyes")


def apply(_session: Session, submission: Submission, _command: Command, _by: str, _at: datetime) -> None:
    """Take it up at once, even if it was to be tried again later."""
    submission.retry, submission.failures = None, 0


def not_gradable(now: Situation) -> str:
    """Why the newest commit may not be graded at all; empty when it may."""
    if not now.is_open:
        return "This pull request is closed. Reopen it, and its newest commit is graded."
    if now.rules.frozen is not None and now.received > now.rules.frozen:
        return f"This submission was frozen on {moment(now.rules.frozen)}: later pushes are not graded."
    when = standing(now.rules.schedule, now.rules.policy, now.received)
    if when == "early" and now.rules.schedule.opens is not None:
        return f"This lab opens on {moment(now.rules.schedule.opens)}: pushes are graded from then on."
    if when == "closed" and now.rules.schedule.cutoff is not None:
        return (
            f"The newest commit came on {moment(now.received)}, after the cutoff on "
            f"{moment(now.rules.schedule.cutoff)}. Staff can give you more time."
        )
    return ""


def no_attempt(refused: budget.Refused) -> str:
    """How many attempts were used, and when there is one again."""
    if refused.free is None:
        return f"No attempt is left: all {refused.limit} are used."
    return (
        f"No attempt is left now: {refused.used} of {refused.limit} in 24 hours are used. "
        f"The next one is free on {moment(refused.free)}; the newest commit is graded then by itself."
    )
