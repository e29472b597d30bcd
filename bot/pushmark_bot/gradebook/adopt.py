"""Takes over from GitHub Classroom: old points are kept as history, and repositories become submissions.

First everything is matched with the course and looked up on GitHub; then all of it is written in one transaction, or
none of it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from pushmark_graders.errors import PushmarkError
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.db import log, manage
from pushmark_bot.db.find import course as the_course
from pushmark_bot.db.tables import Assignment, EarlierGrade, Person, Submission
from pushmark_bot.github import GitHub, GitHubError
from pushmark_bot.gradebook.classroom import SOURCE, Row, faults

BASE, TITLE = "feedback", "Feedback"
"""The branch that GitHub Classroom's Feedback pull request goes into, and its title."""

NOT_THERE = (403, 404, 410)


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A row and whose it is: a person, and a lab where the assignment is one. `linked` says that this is known."""

    row: Row
    person: int
    identifier: str
    lab: str = ""
    linked: bool = False


class NotLinked(msgspec.Struct, frozen=True, kw_only=True):
    """A repository that did not become a submission, and why."""

    learner: str
    repository: str
    why: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What GitHub shows: the number of the Feedback pull request of each row that has one, and what has none."""

    pulls: dict[str, int]
    not_linked: list[NotLinked]


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: grades that were new, and pull requests that were linked."""

    kept: int
    linked: int


def match(session: Session, course: str, rows: Sequence[Row], labs: Mapping[str, str]) -> list[Match]:
    """Whose each row is, and which lab's. `labs` says of assignments by name which lab they are; others are known by
    their names. Raises PushmarkError with every row that is nobody's."""
    where = the_course(session, course)
    people = session.scalars(select(Person).where(Person.course_id == where.id)).all()
    given = session.scalars(select(Assignment).where(Assignment.course_id == where.id)).all()
    known = {one.slug: one for one in given}
    wrong = [f"--lab: {course} has no lab {slug!r}" for slug in labs.values() if slug not in known]
    wrong += [f"--lab: no row is of {name!r}" for name in labs if name not in {row.assignment for row in rows}]
    if wrong:
        raise PushmarkError(
            "\n".join(wrong), f"choose of: {', '.join(sorted(known)) or 'none yet, see `course assign`'}"
        )
    matched: list[Match] = []
    problems: list[str] = []
    for row in rows:
        person = _person(row, people, course, problems)
        slug = labs.get(row.assignment) or _slug(row.assignment)
        lab = known.get(slug)
        if person is not None:
            linked = lab is not None and _is_linked(session, row, person, lab, problems)
            name = lab.slug if lab is not None else ""
            matched.append(Match(row=row, person=person.id, identifier=person.identifier, lab=name, linked=linked))
    if problems:
        raise faults(problems)
    return matched


def find(matches: Sequence[Match], github: Callable[[], GitHub], tell: Callable[[str], None]) -> Found:
    """Look for the Feedback pull request of each row that is a lab's and not linked yet.

    A repository that is gone, or has none, is told of. Raises GitHubError when GitHub cannot be asked at all.
    """
    pulls: dict[str, int] = {}
    not_linked = []
    taken: dict[str, str] = {}
    for one in matches:
        if not one.lab or one.linked:
            continue
        repository = one.row.repository
        if repository in taken:
            why = f"it is {taken[repository]}'s too, and a submission is one learner's"
        else:
            number, why = _feedback(github(), repository)
            if number:
                pulls[one.row.where], taken[repository] = number, one.identifier
        if one.row.where not in pulls:
            not_linked.append(NotLinked(learner=one.identifier, repository=repository, why=why))
        tell(f"{one.identifier} {repository}")
    return Found(pulls=pulls, not_linked=not_linked)


def write(session: Session, course: str, matches: Sequence[Match], found: Found, *, by: str, at: datetime) -> Done:
    """Write all of it, in the caller's transaction. Done twice it changes nothing more. Raises PushmarkError."""
    kept = linked = 0
    for one in matches:
        person = session.get_one(Person, one.person)
        person.login = person.login or one.row.login
        kept += _keep(session, person, one.row, by=by, at=at)
        pull = found.pulls.get(one.row.where)
        if pull is not None:
            manage.link(
                session, course, one.lab, one.identifier, repository=one.row.repository, pull=pull, by=by, at=at
            )
            linked += 1
    data = {"source": SOURCE, "rows": len(matches), "kept": kept, "linked": linked}
    log.append(session, the_course(session, course).id, at=at, actor=by, kind="import", data=data)
    return Done(kept=kept, linked=linked)


def _person(row: Row, people: Sequence[Person], course: str, problems: list[str]) -> Person | None:
    login, identifier = row.login.casefold(), row.identifier.casefold()
    by_login = next((one for one in people if one.login.casefold() == login), None)
    by_name = next((one for one in people if identifier and one.identifier.casefold() == identifier), None)
    person = by_name or by_login
    if person is None:
        named = f" ({row.identifier})" if row.identifier else ""
        problems.append(
            f"{row.where}: column github_username: {row.login}{named} is not on the roster of {course}; import it first"
        )
    elif by_name is not None and by_login is not None and by_name is not by_login:
        problems.append(
            f"{row.where}: column roster_identifier: {row.login} is {by_login.identifier} on the roster, "
            f"not {row.identifier}"
        )
        return None
    elif person.login and person.login.casefold() != login:
        problems.append(
            f"{row.where}: column github_username: {person.identifier} has the login {person.login} on the roster, "
            f"not {row.login}"
        )
        return None
    return person


def _is_linked(session: Session, row: Row, person: Person, lab: Assignment, problems: list[str]) -> bool:
    there = session.scalars(
        select(Submission).where(Submission.assignment_id == lab.id, Submission.person_id == person.id)
    ).one_or_none()
    if there is not None and there.repository != row.repository:
        problems.append(
            f"{row.where}: column student_repository_url: {person.identifier} has a submission of {lab.slug} already: "
            f"{there.repository} #{there.pull}"
        )
    return there is not None


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def _feedback(github: GitHub, repository: str) -> tuple[int, str]:
    """The number of a repository's Feedback pull request, or 0 and why there is none."""
    try:
        every = [*github.pulls(repository, base=BASE)]
    except GitHubError as error:
        if error.status not in NOT_THERE:
            raise
        return 0, "GitHub does not show it: it is gone, or the app is not installed on it"
    titled = [one for one in every if one.title == TITLE] or every
    best = min(titled, key=lambda one: (not one.open, one.number), default=None)
    if best is None:
        return 0, f"it has no pull request into {BASE}: open one, and name it with `course link`"
    return best.number, ""


def _keep(session: Session, person: Person, row: Row, *, by: str, at: datetime) -> bool:
    """Keep a row's points, unless they are what was kept last; returns whether they are new."""
    last = session.scalars(
        select(EarlierGrade)
        .where(EarlierGrade.person_id == person.id, EarlierGrade.source == SOURCE, EarlierGrade.name == row.assignment)
        .order_by(EarlierGrade.id.desc())
        .limit(1)
    ).one_or_none()
    said = (row.points, row.max, row.submitted, row.repository)
    if last is not None and (last.points, last.max_points, last.submitted, last.repository) == said:
        return False
    session.add(
        EarlierGrade(
            person_id=person.id,
            source=SOURCE,
            name=row.assignment,
            repository=row.repository,
            submitted=row.submitted,
            points=row.points,
            max_points=row.max,
            imported_by=by,
            imported_at=at,
        )
    )
    session.flush()
    return True
