"""Finds what a person names: a course, its labs, people on its roster, their submissions. Each raises PushmarkError."""

from pushmark_graders.errors import PushmarkError
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.db.tables import Assignment, Course, Person, Submission


def course(session: Session, slug: str) -> Course:
    """The course of this name."""
    found = session.scalars(select(Course).where(Course.slug == slug)).one_or_none()
    if found is None:
        known = ", ".join(session.scalars(select(Course.slug).order_by(Course.slug))) or "none yet"
        raise PushmarkError(f"there is no course {slug!r}", f"choose one of: {known}; or add it with `course add`")
    return found


def assignment(session: Session, slug: str, lab: str) -> Assignment:
    """A lab of a course."""
    where = course(session, slug)
    there = session.scalars(select(Assignment).where(Assignment.course_id == where.id).order_by(Assignment.slug)).all()
    found = next((one for one in there if one.slug == lab), None)
    if found is None:
        known = ", ".join(one.slug for one in there) or "none yet"
        raise PushmarkError(
            f"{slug} has no lab {lab!r}", f"choose one of: {known}; or give it out with `course assign`"
        )
    return found


def person(session: Session, slug: str, identifier: str) -> Person:
    """Somebody on a course's roster, by the school's identifier."""
    where = course(session, slug)
    found = session.scalars(
        select(Person).where(Person.course_id == where.id, Person.identifier == identifier)
    ).one_or_none()
    if found is None:
        raise PushmarkError(
            f"{identifier!r} is not on the roster of {slug}", "give the identifier that the roster has, such as s-1"
        )
    return found


def submission(session: Session, slug: str, lab: str, identifier: str) -> Submission:
    """What somebody handed in of a lab."""
    where, whose = assignment(session, slug, lab), person(session, slug, identifier)
    found = session.scalars(
        select(Submission).where(Submission.assignment_id == where.id, Submission.person_id == whose.id)
    ).one_or_none()
    if found is None:
        raise PushmarkError(
            f"{identifier} has no submission of {lab}", "say which pull request it is with `course link`"
        )
    return found
