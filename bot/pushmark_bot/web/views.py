"""What the pages show of the database, as plain data."""

from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from pushmark_graders.errors import PushmarkError
from pushmark_graders.lab.spec import load_lab
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.db.tables import Assignment, Course, Person, Submission
from pushmark_bot.provision import rows
from pushmark_bot.provision.provisioner import WORDS
from pushmark_bot.provision.rows import DONE

STEPS = tuple(words for step, words in WORDS.items() if step != DONE)


class LabView(msgspec.Struct, frozen=True, kw_only=True):
    """A lab of a course."""

    slug: str
    title: str
    due: datetime | None


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can help."""

    name: str
    email: str


class RepositoryView(msgspec.Struct, frozen=True, kw_only=True):
    """How far a learner's repository is: `done` of `steps`. `repository` is its address."""

    state: Literal["offer", "making", "trouble", "ready"]
    done: int = 0
    steps: tuple[str, ...] = STEPS
    repository: str = ""
    pull: int = 0
    archived: bool = False


def lab_view(assignment: Assignment) -> LabView:
    """A lab as learners know it; one whose folder cannot be read is called by its slug."""
    try:
        title = load_lab(Path(assignment.lab)).title
    except PushmarkError:
        title = assignment.slug
    return LabView(slug=assignment.slug, title=title, due=assignment.due)


def labs(session: Session, course: Course) -> list[LabView]:
    """All labs of a course that have repositories."""
    found = session.scalars(
        select(Assignment).where(Assignment.course_id == course.id, Assignment.template != "").order_by(Assignment.id)
    )
    return [lab_view(one) for one in found]


def contacts(session: Session, course: Course) -> list[Contact]:
    """Who teaches a course."""
    staff = session.scalars(
        select(Person).where(Person.course_id == course.id, Person.role.in_(("owner", "staff"))).order_by(Person.id)
    )
    return [Contact(name=one.name or one.identifier, email=one.email) for one in staff]


def repository_view(session: Session, assignment: Assignment, person: Person, web_url: str) -> RepositoryView:
    """How far it is."""
    submission = session.scalars(
        select(Submission).where(Submission.assignment_id == assignment.id, Submission.person_id == person.id)
    ).one_or_none()
    if submission is not None:
        address = f"{web_url.rstrip('/')}/{submission.repository}"
        return RepositoryView(
            state="ready", repository=address, pull=submission.pull, archived=submission.archived is not None
        )
    row = rows.of(session, assignment, person)
    if row is None:
        return RepositoryView(state="offer")
    done = list(WORDS).index(row.step)
    return RepositoryView(state="trouble" if row.stuck or row.failures > 1 else "making", done=done)
