"""The attempts of a lab that can be graded anew, and their commits as folders."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import IO, Literal

import msgspec
from pushmark_graders.errors import COULD_NOT_GRADE, ExitCode, PushmarkError
from pushmark_graders.report.model import SubmissionRef
from pushmark_graders.worker import tree
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.db.tables import Assignment, Attempt, Submission
from pushmark_bot.github import GitHub, GitHubError
from pushmark_bot.gradebook import book
from pushmark_bot.gradebook.kept import KeptCommits
from pushmark_bot.service.archive import unpack

Which = Literal["latest", "all"]
"""The newest attempt of each learner and the one that counts, or all."""

GONE = (403, 404, 410)


class NotThere(PushmarkError):
    """A commit is neither kept here nor on GitHub."""

    exit_code: ExitCode = COULD_NOT_GRADE


class StoredAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt as it stands now: `row` is that of the result that counts."""

    row: int
    submission: int
    learner: str
    repository: str
    author: str
    number: int
    sha: str

    @property
    def label(self) -> str:
        """The name of its report among those of a regrading."""
        return f"{self.submission}-{self.number}"


class Commits:
    """Where commits come from: those that are kept, then GitHub, which `github` opens when it is first needed."""

    def __init__(self, kept: KeptCommits, github: Callable[[], GitHub]) -> None:
        self._kept = kept
        self._github = github

    @contextmanager
    def opened(self, repository: str, sha: str, scratch: Path) -> Iterator[Path]:
        """The files of a commit, in a folder below `scratch`. Raises PushmarkError."""
        folder = Path(tempfile.mkdtemp(dir=scratch.absolute()))
        try:
            with tempfile.TemporaryFile() as archive:
                if not self._kept.read(repository, sha, archive):
                    self._fetch(repository, sha, archive)
                unpack(archive, folder)
            yield folder
        finally:
            tree.remove(folder)

    def _fetch(self, repository: str, sha: str, archive: IO[bytes]) -> None:
        try:
            self._kept.fetch(self._github(), repository, sha, archive)
        except GitHubError as error:
            if error.status not in GONE:
                raise
            raise NotThere(
                f"{repository} at {sha[:12]} is not kept here, and GitHub does not give it: {error.what}",
                "restore the repository, or give the app its right to read it, and run this again",
            ) from error


class Replayed:
    """A stored attempt as a submission of a cohort."""

    def __init__(self, attempt: StoredAttempt, commits: Commits) -> None:
        self._attempt = attempt
        self._commits = commits

    @property
    def label(self) -> str:
        return self._attempt.label

    @property
    def reference(self) -> SubmissionRef:
        one = self._attempt
        return SubmissionRef(repository=one.repository, commit=one.sha, author=one.author)

    @contextmanager
    def opened(self, scratch: Path) -> Iterator[Path]:
        """The commit's files. Raises PushmarkError."""
        with self._commits.opened(self._attempt.repository, self._attempt.sha, scratch) as folder:
            yield folder


def choose(session: Session, lab: Assignment, which: Which) -> list[StoredAttempt]:
    """The attempts to grade anew, by learner and number."""
    rows = session.scalars(select(Submission).where(Submission.assignment_id == lab.id)).all()
    chosen: list[StoredAttempt] = []
    for submission in sorted(rows, key=lambda one: one.person.identifier):
        chosen += _of(session, submission, which)
    return chosen


def _of(session: Session, submission: Submission, which: Which) -> list[StoredAttempt]:
    there = counting(session, submission)
    grade = book.grade(session, submission, ())
    counts = {there[-1].number, grade.number if grade is not None else 0} if there else set()
    return [
        StoredAttempt(
            row=row.id,
            submission=submission.id,
            learner=submission.person.identifier,
            repository=submission.repository,
            author=submission.person.login,
            number=row.number,
            sha=row.sha,
        )
        for row in there
        if which == "all" or row.number in counts
    ]


def counting(session: Session, submission: Submission) -> list[Attempt]:
    """Of each attempt the result that counts: the best of those that are not set aside, and the newest of equals."""
    rows = session.scalars(
        select(Attempt)
        .where(Attempt.submission_id == submission.id, Attempt.state == "graded")
        .order_by(Attempt.number, Attempt.again)
    )
    by_number = groupby(rows, lambda row: row.number)
    return [max(same, key=lambda row: (row.points or 0.0, row.again)) for _, same in by_number]
