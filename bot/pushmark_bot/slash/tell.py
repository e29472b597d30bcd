"""Tells what came of commands: a reaction to each, and one comment with the last answers.

Telling again changes nothing on GitHub. What was told is noted after it was; each write is taken from the budget that
all writes share.
"""

from collections.abc import Callable

from sqlalchemy import select

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Request, Submission
from pushmark_bot.github import GitHub, GitHubError, PullRequest, Reaction
from pushmark_bot.slash.answer import KEPT, Said, compose, is_ours

GONE = (404, 410, 422)
"""The comment, or the whole conversation, is no longer there to react to."""
_REACTIONS: dict[str, Reaction] = {"+1": "+1", "-1": "-1", "confused": "confused", "eyes": "eyes"}


def tell(database: Database, number: int, github: GitHub, author: str, take: Callable[[], float]) -> float:
    """Tell what was not told yet of submission `number`; `take` takes a write from the budget.

    Returns 0, or after how many seconds there is budget for the rest. Raises GitHubError.
    """
    with database.reading() as session:
        rows = session.scalars(
            select(Request)
            .where(Request.submission_id == number, Request.state == "done", Request.told.is_(False))
            .order_by(Request.id)
        ).all()
    if not rows:
        return 0.0
    with database.reading() as session:
        repository = session.get_one(Submission, number).repository
    for row in rows:
        if row.reaction:
            wait = take()
            if wait > 0:
                return wait
            _react(github, repository, row)
        if not row.answer:
            _note(database, [row.id])
    answered = [row.id for row in rows if row.answer]
    if answered:
        wait = take()
        if wait > 0:
            return wait
        _write(database, number, github, author)
        _note(database, answered)
    return 0.0


def _react(github: GitHub, repository: str, row: Request) -> None:
    try:
        github.react(repository, row.comment, _REACTIONS[row.reaction])
    except GitHubError as error:
        if error.status not in GONE:
            raise


def _write(database: Database, number: int, github: GitHub, author: str) -> None:
    """Bring the comment up to date; one that was deleted is written anew."""
    with database.reading() as session:
        submission = session.get_one(Submission, number)
        pull, known = PullRequest(submission.repository, submission.pull), submission.answers
        chosen = select(Request).where(Request.submission_id == number, Request.answer != "")
        newest = session.scalars(chosen.order_by(Request.id.desc()).limit(KEPT)).all()
    body = compose([Said(line=row.line, login=row.login, at=row.received, answer=row.answer) for row in newest])
    if known is not None:
        try:
            github.edit_comment(pull.repo, known, body)
            return
        except GitHubError as error:
            if error.status not in GONE[:2]:
                raise
    there = next((one for one in github.comments(pull) if is_ours(author, one.author, one.body)), None)
    if there is None:
        there = github.create_comment(pull, body, lambda one: is_ours(author, one.author, one.body))
    else:
        github.edit_comment(pull.repo, there.id, body)
    with database.session() as session:
        session.get_one(Submission, number).answers = there.id


def _note(database: Database, requests: list[int]) -> None:
    with database.session() as session:
        for request in requests:
            session.get_one(Request, request).told = True
