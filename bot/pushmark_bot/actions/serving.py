"""The executors of a configuration: one for each course that is graded on Actions."""

from datetime import timedelta
from typing import Protocol

from pushmark_graders.errors import PushmarkError
from sqlalchemy import select

from pushmark_bot.actions.executor import Actions, Chosen, Place
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Course
from pushmark_bot.github import PyGithubPort, PyGithubWorkflows
from pushmark_bot.service.config import ActionsConfig, Config


class Doors(Protocol):
    """Gives ports to GitHub, for an installation and for a token."""

    def of(self, installation: int) -> PyGithubPort: ...

    def with_token(self, token: str) -> PyGithubPort: ...


def actions_of(config: Config, database: Database, doors: Doors) -> dict[str, Chosen]:
    """The executors by their courses. Raises PushmarkError for a course that is not there, or reaches no GitHub."""
    return {one.course: _chosen(one, config, database, doors) for one in config.actions}


def _chosen(one: ActionsConfig, config: Config, database: Database, doors: Doors) -> Chosen:
    place = Place(
        repository=one.repository,
        branch=one.branch,
        public_key=one.public_key,
        limit=timedelta(minutes=one.minutes),
    )
    if one.token_file:
        port = doors.with_token(config.secret(one.token_file))
    else:
        port = doors.of(_installation(one.course, database))
    return Chosen(Actions(place, PyGithubWorkflows(port)), frozenset(one.labs))


def _installation(course: str, database: Database) -> int:
    with database.reading() as session:
        found = session.scalars(select(Course.installation).where(Course.slug == course)).one_or_none()
    if found is None:
        raise PushmarkError(
            f"[[actions]]: no course {course!r} with an installation",
            "make it with `pushmark-bot course add`, or name a token_file for the grading repository",
        )
    return found
