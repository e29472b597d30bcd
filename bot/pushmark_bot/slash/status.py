"""`/status`: what is graded, what counts, what is due, and how many attempts are left."""

from datetime import datetime

from pushmark_graders.course import budget
from pushmark_graders.report.text import code
from pushmark_graders.report.words import amount
from sqlalchemy.orm import Session

from pushmark_bot.course.shown import days, lines
from pushmark_bot.db.tables import Submission
from pushmark_bot.slash.answer import Answer, moment
from pushmark_bot.slash.grade import no_attempt, not_gradable
from pushmark_bot.slash.grammar import Command
from pushmark_bot.slash.situation import Situation


def decide(_command: Command, now: Situation) -> Answer:
    """Say it; nothing is done."""
    said = [*_graded(now), *_points(now), *_dates(now), _attempts(now), *_others(now)]
    return Answer(text="\n".join(f"- {line}" for line in said))


def apply(_session: Session, _submission: Submission, _command: Command, _by: str, _at: datetime) -> None:
    """Nothing is to be done."""


def _graded(now: Situation) -> list[str]:
    if now.graded == now.head:
        return [f"The newest commit {code(now.head[:10])} is graded."]
    before = f"; the last that was is {code(now.graded[:10])}" if now.graded else ""
    return [f"The newest commit {code(now.head[:10])} is not graded{before}.", *filter(None, [not_gradable(now)])]


def _points(now: Situation) -> list[str]:
    if now.held_back:
        return ["Results are held back until staff release them."]
    if now.grade is None:
        return []
    which = f", of attempt {now.grade.number}" if now.grade.number else ""
    return [f"**{amount(now.grade.points)} of {amount(now.grade.max)} points** count{which}.", *lines(now.grade)]


def _dates(now: Situation) -> list[str]:
    due, cutoff = now.rules.schedule.due, now.rules.schedule.cutoff
    said = []
    if due is not None:
        extra = f", with {days(now.extra)} more for you" if now.extra else ""
        left = f", in {days(due - now.now)}" if due > now.now else ", which is over"
        said.append(f"Due on {moment(due)}{extra}{left}.")
    if cutoff is not None:
        said.append(f"After {moment(cutoff)} nothing is graded any more.")
    return said


def _attempts(now: Situation) -> str:
    left = budget.left(now.limits, now.taken, now.now)
    said = f"{left.left} of {left.total} attempts are left, {left.left_today} of them now."
    decision = budget.decide(now.limits, now.taken, "", "", now.now)
    return f"{said} {no_attempt(decision)}" if isinstance(decision, budget.Refused) else said


def _others(now: Situation) -> list[str]:
    frozen = now.rules.frozen
    said = [f"Frozen on {moment(frozen)}: later pushes are not graded."] if frozen is not None else []
    again = f"{len(now.waiting)} attempt{'s are' if len(now.waiting) > 1 else ' is'}"
    return said + ([f"{again} being graded again, at no cost."] if now.waiting else [])
