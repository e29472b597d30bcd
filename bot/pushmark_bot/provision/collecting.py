"""Finds what was pushed in a whole course, with few requests.

GitHub lists an organisation's repositories with the last push first. We read until one that we have seen, and ask about
those alone that were pushed to since; webhooks may have told of them, and need not have.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.db.locks import one_at_a_time
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Person, Push, Submission
from pushmark_bot.github import GitHubError, Head, PullRequest
from pushmark_bot.github.organisation import Repositories
from pushmark_bot.service.deliveries import NEWS

MARGIN = timedelta(minutes=10)
"""How far we read beyond what we have seen: a push may appear in the list some time later."""
GONE = frozenset({404, 410, 451})
"""With these, one repository is gone; the others are looked at all the same."""


class Looks(Repositories, Protocol):
    """A port that can look at pull requests too."""

    def head(self, pull: PullRequest) -> Head:
        """Look at a pull request as it is now."""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A submission whose repository was pushed to since it was looked at last."""

    number: int
    identifier: str
    repo: str
    pull: int
    pushed: datetime


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What a listing showed; `newest` is the last push to any repository."""

    changed: Sequence[Changed]
    newest: datetime | None


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """One that was looked at; `new` when its head is not the one that we knew. With `trouble` it could not be."""

    changed: Changed
    sha: str = ""
    new: bool = False
    trouble: str = ""


def listing(database: Database, github: Repositories, organisation: str, assignments: Sequence[int]) -> Listing:
    """List what was pushed to of these assignments. Raises GitHubError."""
    with database.reading() as session:
        known = _known(session, assignments)
        since = _since(session, assignments)
    changed: list[Changed] = []
    newest = since
    for one in github.pushed(organisation):
        if one.pushed_at is None:
            continue
        if since is not None and one.pushed_at < since - MARGIN:
            break
        newest = max(newest or one.pushed_at, one.pushed_at)
        for submission, identifier in known.get(one.full_name.lower(), []):
            if submission.pushed != one.pushed_at:
                changed.append(
                    Changed(
                        number=submission.id,
                        identifier=identifier,
                        repo=submission.repository,
                        pull=submission.pull,
                        pushed=one.pushed_at,
                    )
                )
    return Listing(changed=changed, newest=newest)


def _known(session: Session, assignments: Sequence[int]) -> dict[str, list[tuple[Submission, str]]]:
    known: dict[str, list[tuple[Submission, str]]] = {}
    found = session.execute(
        select(Submission, Person.identifier)
        .join(Person)
        .where(Submission.assignment_id.in_(assignments), Submission.archived.is_(None))
    )
    for submission, identifier in found:
        known.setdefault(submission.repository, []).append((submission, identifier))
    return known


def _since(session: Session, assignments: Sequence[int]) -> datetime | None:
    """What all of them have seen; None when one has seen nothing yet."""
    seen = list(session.scalars(select(Assignment.collected).where(Assignment.id.in_(assignments))))
    known = [one for one in seen if one is not None]
    return min(known) if known and len(known) == len(seen) else None


def collect(
    database: Database,
    github: Looks,
    found: Listing,
    assignments: Sequence[int],
    *,
    clock: Callable[[], datetime],
    tell: Callable[[Collected], None],
) -> None:
    """Look at each that changed, note what was pushed, and let it be graded. Raises GitHubError."""
    for one in found.changed:
        try:
            head = github.head(PullRequest(one.repo, one.pull))
        except GitHubError as trouble:
            if trouble.status not in GONE:
                raise
            tell(Collected(changed=one, trouble=trouble.what))
            continue
        tell(_note(database, one, head.sha, clock()))
    with database.session() as session:
        _seen(session, assignments, found.newest)


def _note(database: Database, one: Changed, sha: str, at: datetime) -> Collected:
    with database.session() as session:
        submission = session.get_one(Submission, one.number)
        known = session.scalars(select(Push).where(Push.submission_id == one.number, Push.sha == sha)).one_or_none()
        new = known is None and sha != submission.graded_sha
        if new:
            session.add(Push(submission_id=one.number, sha=sha, received=at))
            submission.heard += 1
            submission.heard_at, submission.retry = at, None
        submission.pushed = one.pushed
    return Collected(changed=one, sha=sha, new=new)


def _seen(session: Session, assignments: Sequence[int], newest: datetime | None) -> None:
    for row in session.scalars(select(Assignment).where(Assignment.id.in_(assignments))):
        row.collected = newest


def poll(database: Database, github: Callable[[int], Repositories], *, clock: Callable[[], datetime]) -> int:
    """Let everything be looked at that was pushed to in any course; returns how much.

    It takes a request for each hundred repositories that were pushed to, and one for each course at least; what lies
    outside of a course's organisation is in no list, and looked at each time. A course that cannot be asked about keeps
    no other one waiting: the first GitHubError is raised at the end.
    """
    with database.reading() as session:
        courses = session.execute(select(Course.id, Course.organisation, Course.installation)).all()
    changed, troubles = 0, []
    for number, organisation, installation in courses:
        with database.reading() as session:
            assignments = list(session.scalars(select(Assignment.id).where(Assignment.course_id == number)))
        if installation is None or not assignments:
            continue
        try:
            found = listing(database, github(installation), organisation, assignments)
        except GitHubError as trouble:
            troubles.append(trouble)
            continue
        changed += _hear(database, found, organisation, assignments, clock())
    if troubles:
        raise troubles[0]
    return changed


def _hear(database: Database, found: Listing, organisation: str, assignments: Sequence[int], at: datetime) -> int:
    """Let a course's submissions be looked at that were pushed to, or may have been."""
    pushed = {one.number: one.pushed for one in found.changed}
    with database.session() as session:
        one_at_a_time(session, NEWS)
        rows = session.scalars(
            select(Submission).where(Submission.assignment_id.in_(assignments), Submission.archived.is_(None))
        )
        here = f"{organisation.lower()}/"
        wanted = [row for row in rows if row.id in pushed or not row.repository.startswith(here)]
        for row in wanted:
            row.heard += 1
            row.heard_at, row.retry, row.pushed = at, None, pushed.get(row.id, row.pushed)
        _seen(session, assignments, found.newest)
    return len(wanted)
