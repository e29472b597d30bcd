"""What has to be true in the end, whatever happened: a claim for each, with what was wanted and what was found."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pushmark_bot.course.chain import broken
from pushmark_bot.db import log
from pushmark_bot.db.tables import Attempt, Delivery, Override, Submission
from pushmark_bot.testing import FakeGitHub
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot_rig.school import BOT, School


@dataclass(frozen=True)
class Claim:
    """Something that has to be so many."""

    what: str
    wanted: int
    found: int

    @property
    def holds(self) -> bool:
        return self.wanted == self.found


def behind(school: School) -> list[str]:
    """The repositories whose newest head is not graded and published yet."""
    with school.database.reading() as session:
        rows = session.execute(select(Submission.repository, Submission.graded_sha, Submission.published_sha))
        return [name for name, graded, published in rows if {graded, published} != {school.heads[name]}]


def graded(school: School) -> int:
    """How many attempts are graded."""
    with school.database.reading() as session:
        return session.scalar(select(func.count()).where(Attempt.state == "graded")) or 0


def claims(school: School, pushed: dict[str, set[str]], overrides: set[str]) -> list[Claim]:
    """Everything that has to hold, judged by the database and by what stands on GitHub."""
    with school.database.reading() as session:
        submissions = list(session.scalars(select(Submission)))
        attempts = list(session.scalars(select(Attempt)))
        found = {one.reason for one in session.scalars(select(Override))}
        new = len(session.scalars(select(Delivery.guid).where(Delivery.state != "done")).all())
        sealed = _sealed(session)
    heads = school.heads
    number = len(heads)
    return [
        Claim("newest heads graded", number, sum(one.graded_sha == heads[one.repository] for one in submissions)),
        Claim("newest heads published", number, sum(one.published_sha == heads[one.repository] for one in submissions)),
        Claim("pull requests with one comment, of the newest head", number, _commented(school)),
        Claim("newest heads with one check run", number, _checked(school)),
        Claim("commits with two check runs", 0, _checked_twice(school.github, pushed)),
        Claim("attempts left open", 0, sum(one.state != "graded" for one in attempts)),
        Claim("commits graded twice", 0, _twice((one.submission_id, one.sha) for one in attempts)),
        Claim("submissions whose attempts are counted right", number, _counted(submissions, attempts)),
        Claim("attempts at what nobody pushed", 0, _unpushed(submissions, attempts, pushed)),
        Claim("overrides that are there", len(overrides), len(overrides & found)),
        Claim("gradings in the event log", len(attempts), sealed["graded"]),
        Claim("overrides in the event log", len(overrides), sealed["override"]),
        Claim("events that are not as they were written", 0, sealed["broken"]),
        Claim("deliveries that nobody dealt with", 0, new),
        Claim("requests that GitHub does not describe", 0, len(school.github.violations)),
    ]


def _sealed(session: Session) -> Counter[str]:
    entries = log.entries(session, 1)
    kinds = Counter(entry.kind for entry in entries)
    kinds["broken"] = int(broken(entries) is not None)
    return kinds


def _twice(keys: Iterable[object]) -> int:
    return sum(count > 1 for count in Counter(keys).values())


def _commented(school: School) -> int:
    right = 0
    for repository, sha in school.heads.items():
        ours = [one for one in school.github.comments(repository, 1) if one.author == f"{BOT}[bot]"]
        right += len(ours) == 1 and sha[:10] in ours[0].body
    return right


def _checked(school: School) -> int:
    found = [school.github.check_runs(repository, sha) for repository, sha in school.heads.items()]
    return sum(len(runs) == 1 and runs[0].conclusion is not None for runs in found)


def _checked_twice(github: FakeGitHub, pushed: dict[str, set[str]]) -> int:
    return sum(len(github.check_runs(repository, sha)) > 1 for repository, shas in pushed.items() for sha in shas)


def _counted(submissions: list[Submission], attempts: list[Attempt]) -> int:
    """Numbered from one, without a gap: what a killed grader had begun costs nothing."""
    numbers: dict[int, list[int]] = {one.id: [] for one in submissions}
    for attempt in attempts:
        numbers[attempt.submission_id].append(attempt.number)
    return sum(sorted(found) == list(range(1, len(found) + 1)) and bool(found) for found in numbers.values())


def _unpushed(submissions: list[Submission], attempts: list[Attempt], pushed: dict[str, set[str]]) -> int:
    repositories = {one.id: one.repository for one in submissions}
    return sum(one.sha not in pushed[repositories[one.submission_id]] for one in attempts)
