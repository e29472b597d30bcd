"""Decides and does the commands of a submission, each once.

What a command changes, what is to be said of it and that it is done are one transaction: cut short before its end
nothing happened, and after it nothing is left to do but to tell (see `slash.tell`).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.db import log
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Person, Request, Submission
from pushmark_bot.github import GitHub, GitHubError, Head, Permission
from pushmark_bot.slash import appeal, extend, freeze, grade, hint, regrade, release, score, situation, status
from pushmark_bot.slash.answer import Answer, refused
from pushmark_bot.slash.grammar import FORMS, Command, Malformed, Name, read
from pushmark_bot.slash.rights import Asker, asks_about_learner, refusal
from pushmark_bot.slash.situation import Situation


class Kind(Protocol):
    """What each command's module has: a pure decision, and what is done then."""

    def decide(self, command: Command, now: Situation, /) -> Answer: ...

    def apply(self, session: Session, submission: Submission, command: Command, by: str, at: datetime, /) -> None: ...


KINDS: dict[Name, Kind] = {
    "grade": grade,
    "hint": hint,
    "status": status,
    "appeal": appeal,
    "score": score,
    "extend": extend,
    "regrade": regrade,
    "release": release,
    "freeze": freeze,
}


def handle(database: Database, number: int, github: GitHub, head: Head, clock: Callable[[], datetime]) -> None:
    """Do every command of submission `number` that waits, in their order. Raises GitHubError when GitHub is away."""
    with database.reading() as session:
        waiting = session.scalars(
            select(Request.id).where(Request.submission_id == number, Request.state == "new").order_by(Request.id)
        ).all()
    for request in waiting:
        asker = _asker(database, request, github)
        with database.session() as session:
            row = session.get_one(Request, request, with_for_update=True)
            if row.state == "new":
                _do(session, row, asker, head, clock())


def _do(session: Session, row: Request, asker: Asker, head: Head, at: datetime) -> None:
    submission, by = session.get_one(Submission, row.submission_id), f"@{row.login}"
    command = read(row.line)
    answer = _decide(session, submission, command, asker, head, at)
    if answer.act and isinstance(command, Command):
        KINDS[command.name].apply(session, submission, answer.command or command, by, at)
    row.state, row.answer, row.reaction = "done", answer.text, answer.reaction or ""
    row.told = not (row.answer or row.reaction)
    data = {"submission": submission.id, "line": row.line, "done": answer.act, "answer": answer.text[:500]}
    log.append(session, submission.assignment.course_id, at=at, actor=by, kind="command", data=data)


def _decide(
    session: Session,
    submission: Submission,
    command: Command | Malformed | None,
    asker: Asker,
    head: Head,
    at: datetime,
) -> Answer:
    if command is None:
        return Answer()
    why = refusal(command.name, asker)
    if why:
        return refused(why)
    if isinstance(command, Malformed):
        return refused(f"It is written `{command.usage}`: it {FORMS[command.name].does}.")
    return KINDS[command.name].decide(command, situation.read(session, submission, command, head, at))


def _asker(database: Database, number: int, github: GitHub) -> Asker:
    """Who gave a command. No transaction is open while GitHub is asked."""
    with database.reading() as session:
        request = session.get_one(Request, number)
        submission = session.get_one(Submission, request.submission_id)
        person = _person(session, submission.assignment.course_id, request)
        own, learner = person is not None and person.id == submission.person_id, submission.person.login
    asker = Asker(
        login=request.login,
        permission=_permission(github, submission.repository, request.login),
        roster=person.role if person is not None else "",
        own=own,
    )
    if not asks_about_learner(asker) or not learner:
        return asker
    return msgspec.structs.replace(asker, learner=_permission(github, submission.repository, learner))


def _person(session: Session, course: int, request: Request) -> Person | None:
    """Who on the roster gave a command: known by GitHub's number for the account, or else by its name."""
    there = session.scalars(select(Person).where(Person.course_id == course, Person.github_id == request.github_id))
    found = there.one_or_none() or situation.by_login(session, course, request.login)
    return found if found is not None and found.github_id in (None, request.github_id) else None


def _permission(github: GitHub, repository: str, login: str) -> Permission:
    try:
        return github.permission(repository, login)
    except GitHubError as error:
        if error.status == 404:  # the account is gone
            return "none"
        raise
