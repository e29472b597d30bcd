"""Invites: a link for each roster entry, good for one GitHub account until a day.

Whoever has the link may be that person, once. We keep the SHA-256 of what is in it, so that nobody who reads the
database can use one.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

import msgspec
from pushmark_graders.errors import PushmarkError
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.db import find, log
from pushmark_bot.db.tables import Course, Person
from pushmark_bot.github.organisation import Account

TOKEN_BYTES = 24


class NotTaken(PushmarkError):
    """An invite, or an account, that cannot be taken; the text is for the learner."""


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's link. It is told once, when it is made."""

    identifier: str
    link: str


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """New invites, and how many people had one, or an account, already."""

    invites: Sequence[Invite]
    invited_before: int
    joined: int


def issue(
    session: Session,
    slug: str,
    learners: Sequence[str],
    *,
    renew: bool,
    ends: datetime,
    address: str,
    by: str,
    at: datetime,
) -> Issued:
    """Make invites for these learners, or for all. Raises PushmarkError.

    Who has one already gets another only with `renew`; the one before is no good then. Who has joined needs none.
    """
    if ends <= at:
        raise PushmarkError("the invites would end before they are made", "give --until a moment that is to come")
    course = find.course(session, slug)
    people = [find.person(session, slug, one) for one in learners] or list(
        session.scalars(select(Person).where(Person.course_id == course.id).order_by(Person.id))
    )
    if not people:
        raise PushmarkError(f"nobody is on the roster of {slug}", "import one: course roster COURSE FILE")
    open_ones = [one for one in people if one.github_id is None]
    wanted = [one for one in open_ones if renew or one.invite is None]
    made = [_new(one, ends, address) for one in wanted]
    if made:
        data = {"learners": [one.identifier for one in made], "renewed": renew, "ends": ends.isoformat()}
        log.append(session, course.id, at=at, actor=by, kind="invite", data=data)
    return Issued(invites=made, invited_before=len(open_ones) - len(wanted), joined=len(people) - len(open_ones))


def _new(person: Person, ends: datetime, address: str) -> Invite:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    person.invite, person.invite_ends = digest(token), ends
    return Invite(identifier=person.identifier, link=f"{address.rstrip('/')}/invite/{token}")


def digest(token: str) -> str:
    """What we keep of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def invited(session: Session, kept: str) -> tuple[Person, Course] | None:
    """Whose invite it is, by what we keep of it."""
    person = session.scalars(select(Person).where(Person.invite == kept)).one_or_none() if kept else None
    return (person, session.get_one(Course, person.course_id)) if person is not None else None


def join(session: Session, person: Person, account: Account, *, at: datetime) -> None:
    """Let an account be this person on the roster. Raises NotTaken."""
    if person.github_id == account.id:
        person.login = account.login
        return
    if person.github_id is not None:
        raise NotTaken(
            f"This invite was used by the GitHub account @{person.login} already.",
            f"If that is you, sign in as @{person.login}.",
        )
    if person.invite_ends is not None and person.invite_ends <= at:
        raise NotTaken("This invite has ended.", "Ask for a new one.")
    _be(session, person, account, at=at)


def recognised(session: Session, course: Course, account: Account, *, at: datetime) -> Person | None:
    """Who on the roster has this account: by its id, or by a login that the roster had from the start."""
    here = select(Person).where(Person.course_id == course.id)
    known = session.scalars(here.where(Person.github_id == account.id)).one_or_none()
    if known is not None:
        known.login = account.login
        return known
    named = [one for one in session.scalars(here) if one.login.lower() == account.login.lower()]
    if len(named) != 1 or named[0].github_id is not None:
        return None
    _be(session, named[0], account, at=at)
    return named[0]


def _be(session: Session, person: Person, account: Account, *, at: datetime) -> None:
    other = session.scalars(
        select(Person).where(Person.course_id == person.course_id, Person.github_id == account.id)
    ).first()
    if other is not None:
        raise NotTaken(
            f"@{account.login} is somebody else on the roster of this course.",
            "Sign in with the GitHub account that is yours alone.",
        )
    person.github_id, person.login = account.id, account.login
    data = {"learner": person.identifier, "login": account.login, "github_id": account.id}
    log.append(session, person.course_id, at=at, actor=f"@{account.login}", kind="join", data=data)
