"""Closes the repositories of a course for all changes once it is over, and opens them again."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.db import find, log
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Submission
from pushmark_bot.github import GitHubError
from pushmark_bot.github.organisation import Repositories


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """A repository that is to be archived, or opened."""

    number: int
    repo: str


def shelved(session: Session, slug: str, lab: str | None, *, undo: bool) -> tuple[Sequence[Shelved], int | None]:
    """What is to be archived (or opened) of a course, or of one lab, and the course's installation."""
    course = find.course(session, slug)
    chosen = select(Submission).join(Assignment).where(Assignment.course_id == course.id).order_by(Submission.id)
    if lab is not None:
        chosen = chosen.where(Submission.assignment_id == find.assignment(session, slug, lab).id)
    chosen = chosen.where(Submission.archived.is_not(None) if undo else Submission.archived.is_(None))
    found = [Shelved(number=one.id, repo=one.repository) for one in session.scalars(chosen)]
    return found, course.installation


def archive(database: Database, github: Repositories, one: Shelved, *, undo: bool, by: str, at: datetime) -> None:
    """Archive a repository, or open it again; the bot stops grading it, or goes on. Raises GitHubError."""
    try:
        github.set_archived(one.repo, not undo)
    except GitHubError:
        if github.repository(one.repo).archived is undo:  # it is not as it should be
            raise
    with database.session() as session:
        row = session.get_one(Submission, one.number)
        row.archived = None if undo else at
        data = {"submission": row.id, "repository": row.repository}
        kind = "open again" if undo else "archive"
        log.append(session, row.assignment.course_id, at=at, actor=by, kind=kind, data=data)
