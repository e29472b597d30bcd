"""Who of a course gets a repository."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pushmark_graders.errors import PushmarkError
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.db import find, log
from pushmark_bot.db.tables import Assignment, Person, Provision, Submission
from pushmark_bot.provision import rows
from pushmark_bot.provision.provisioner import WRITES
from pushmark_bot.provision.rows import DONE
from pushmark_bot.provision.run import Asked

RULES = 2
NEXT_WITHOUT = "send them their invites (course invite), or put their logins into the roster"


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Whose repository is to be made, how many are there already, and who has no GitHub account yet."""

    asked: Sequence[Asked]
    there: int
    without: Sequence[str]
    installation: int
    template: str

    @property
    def writes(self) -> int:
        """About how many writes it takes."""
        return len(self.asked) * (sum(WRITES.values()) + RULES)


def choose(
    session: Session, slug: str, lab: str, learners: Sequence[str], *, everybody: bool, by: str, at: datetime
) -> Chosen:
    """Ask for the repositories of these learners, or of everybody. Raises PushmarkError."""
    found = find.assignment(session, slug, lab)
    rows.ready_to_give(found)
    people = _people(session, found, learners, everybody=everybody)
    submissions = select(Submission.person_id).where(Submission.assignment_id == found.id)
    there = set(session.scalars(submissions))
    without = [one.identifier for one in people if not one.login and one.id not in there]
    wanted = [one for one in people if one.login and one.id not in there]
    before = set(session.scalars(select(Provision.person_id).where(Provision.assignment_id == found.id)))
    asked = [rows.ask(session, found, one, by=by, urgent=False, at=at) for one in wanted]
    if new := sum(one.id not in before for one in wanted):
        data = {"lab": lab, "learners": new}
        log.append(session, found.course_id, at=at, actor=by, kind="asked for repositories", data=data)
    names = {one.id: one.identifier for one in people}
    return Chosen(
        asked=[Asked(number=row.id, identifier=names[row.person_id]) for row in asked if row.step != DONE],
        there=len(people) - len(wanted) - len(without) + sum(row.step == DONE for row in asked),
        without=without,
        installation=found.course.installation or 0,
        template=found.template,
    )


def _people(session: Session, found: Assignment, learners: Sequence[str], *, everybody: bool) -> list[Person]:
    if everybody == bool(learners):
        raise PushmarkError("expected learners, or --all", "name learners as the roster does, or give --all alone")
    if learners:
        return [find.person(session, found.course.slug, one) for one in learners]
    chosen = select(Person).where(Person.course_id == found.course_id, Person.role == "learner").order_by(Person.id)
    people = list(session.scalars(chosen))
    if not people:
        raise PushmarkError(f"nobody is on the roster of {found.course.slug}", "import one: course roster COURSE FILE")
    return people
