"""Brings one submission to where it should be: looks at GitHub, grades what is new, publishes what is graded.

Doing it twice changes nothing more. Cut short anywhere it is completed by the next time, because each step is written
down when it is done, and what GitHub was asked to write is looked for before it is written again.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from pushmark_graders.course.budget import Allowed, Refused
from pushmark_graders.errors import PushmarkError
from pushmark_graders.grading.history import after
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.report import markdown, schema
from pushmark_graders.report.model import SubmissionRef
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.course.deadlines import LatePolicy, Schedule, extended
from pushmark_bot.db import attempts
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Extension, Push, Submission
from pushmark_bot.github import GitHub, Head, PullRequest
from pushmark_bot.memory import Published
from pushmark_bot.publish import Target, publish
from pushmark_bot.service.executor import MOST_BYTES, Executor, Order
from pushmark_bot.service.plan import Plan, Seen, State, plan
from pushmark_bot.service.writes import Writes

FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=15), timedelta(hours=1)
WRITES_AT_MOST = 2


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Which GitHub, and as whom the bot writes there."""

    author: str
    api_url: str = "https://api.github.com"
    web_url: str = "https://github.com"


class Reconciler:
    """What reconciling needs; threads may share all of it but the executor."""

    def __init__(
        self,
        *,
        database: Database,
        github: Callable[[int], GitHub],
        executor: Executor,
        writes: Writes,
        seed: Callable[[str], str],
        place: Place,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`github` gives the port for an installation, `seed` the secret of a course."""
        self._database = database
        self._github = github
        self._executor = executor
        self._writes = writes
        self._seed = seed
        self._place = place
        self._clock = clock

    def reconcile(self, number: int) -> None:
        """Bring submission `number` up to date; trouble is written down with it, and tried again later."""
        try:
            self._step(number)
        except PushmarkError as trouble:
            self._note(number, trouble)

    def _step(self, number: int) -> None:
        with self._database.reading() as session:
            submission = session.get_one(Submission, number)
            pull, course = PullRequest(submission.repository, submission.pull), submission.assignment.course
            installation, slug, lab = course.installation, course.slug, Path(submission.assignment.lab)
            heard = submission.heard
        if installation is None:
            raise PushmarkError(f"course {slug} has no installation", "install the app on the organisation")
        github = self._github(installation)
        asked = self._clock()
        head = github.head(pull)
        decided = self._look(number, head, asked, heard)
        if decided.grade is not None:
            self._grade(number, decided.grade, github, lab, slug)
            decided = self._look(number, head, asked, heard)
        if decided.publish:
            self._publish(number, installation, github)

    def _look(self, number: int, head: Head, asked: datetime, heard: int) -> Plan:
        """Note what GitHub showed after we had `heard` so often, and decide."""
        with self._database.session() as session:
            submission = session.get_one(Submission, number)
            pushes = _pushes(session, submission)
            if head.sha not in {push.sha for push in pushes}:
                session.add(Push(submission_id=number, sha=head.sha, received=asked))
                pushes.append(Seen(sha=head.sha, received=asked))
            decided = plan(_state(session, submission, pushes), head)
            submission.seen = heard
            submission.wanted_sha = decided.grade.sha if decided.grade is not None else submission.graded_sha
            submission.trouble, submission.retry, submission.failures = decided.why, None, 0
            return decided

    def _grade(self, number: int, wanted: Seen, github: GitHub, lab: Path, course: str) -> None:
        spec = load_lab(lab)
        with self._database.session() as session:
            submission = session.get_one(Submission, number)
            decision = attempts.take(
                session, submission, sha=wanted.sha, version=spec.version, received=wanted.received, now=self._clock()
            )
            repository, author = submission.repository, submission.person.login
            if isinstance(decision, Refused):
                submission.trouble = f"no attempt left: {decision.used} of {decision.limit} are used"
                submission.retry = decision.free or self._clock() + LONGEST_RETRY
                return
            if not isinstance(decision, Allowed):
                submission.graded_sha = wanted.sha
                return
        order = Order(
            lab=spec,
            seed=self._seed(course),
            reference=SubmissionRef(repository=repository, commit=wanted.sha, author=author),
            fetch=lambda into: github.fetch(repository, wanted.sha, into, most=MOST_BYTES),
        )
        try:
            graded = self._executor.grade(order)
            if graded.report.status == "ungraded":
                raise PushmarkError("our side could not grade it", graded.report.message)
        except BaseException:
            with self._database.session() as session:
                attempts.give_back(session, session.get_one(Submission, number), decision)
            raise
        with self._database.session() as session:
            submission = session.get_one(Submission, number)
            before = attempts.graded(session, submission, submission.graded_sha)
            report = graded.report
            if before is not None and before.report is not None:
                report = after(schema.parse(before.report), report)
            attempts.settle(session, submission, decision, report, graded.final, self._clock())
            submission.graded_sha = wanted.sha

    def _publish(self, number: int, installation: int, github: GitHub) -> None:
        wait = self._writes.take(installation, WRITES_AT_MOST)
        if wait > 0:
            with self._database.session() as session:
                session.get_one(Submission, number).retry = self._clock() + timedelta(seconds=wait)
            return
        with self._database.reading() as session:
            submission = session.get_one(Submission, number)
            row = attempts.graded(session, submission, submission.graded_sha)
            if row is None or row.report is None:
                raise PushmarkError(f"submission {number} has no report of {submission.graded_sha}", "report this")
            report, sha = schema.parse(row.report), row.sha
            target = self._target(submission, sha)
        publish(report, target, github, markdown.render, _Remembered(self._database, number))
        with self._database.session() as session:
            session.get_one(Submission, number).published_sha = sha

    def _target(self, submission: Submission, sha: str) -> Target:
        return Target(
            pull=PullRequest(submission.repository, submission.pull),
            sha=sha,
            author=self._place.author,
            api_url=self._place.api_url,
            web_url=self._place.web_url,
        )

    def _note(self, number: int, trouble: PushmarkError) -> None:
        with self._database.session() as session:
            submission = session.get_one(Submission, number)
            submission.failures += 1
            submission.trouble = str(trouble)[:500]
            pause = min(FIRST_RETRY * 2 ** min(submission.failures - 1, 20), LONGEST_RETRY)
            submission.retry = self._clock() + pause


class _Remembered:
    """What we published last, in the submission's row."""

    def __init__(self, database: Database, number: int) -> None:
        self._database = database
        self._number = number

    def recall(self, _key: str) -> Published | None:
        with self._database.reading() as session:
            kept = session.get_one(Submission, self._number).published
        return msgspec.convert(kept, Published, str_keys=True) if kept is not None else None

    def keep(self, _key: str, published: Published) -> None:
        with self._database.session() as session:
            kept = msgspec.to_builtins(published, str_keys=True)
            session.get_one(Submission, self._number).published = kept


def _pushes(session: Session, submission: Submission) -> list[Seen]:
    rows = session.scalars(select(Push).where(Push.submission_id == submission.id).order_by(Push.received, Push.id))
    return [Seen(sha=row.sha, received=row.received) for row in rows]


def _state(session: Session, submission: Submission, pushes: list[Seen]) -> State:
    assignment = submission.assignment
    return State(
        graded_sha=submission.graded_sha,
        published_sha=submission.published_sha,
        pushes=pushes,
        frozen=submission.frozen,
        schedule=extended(schedule(assignment), extra_time(session, submission)),
        policy=policy(assignment),
    )


def schedule(assignment: Assignment) -> Schedule:
    """An assignment's dates, for everybody."""
    return Schedule(opens=assignment.opens, due=assignment.due, cutoff=assignment.cutoff)


def policy(assignment: Assignment) -> LatePolicy:
    """What an assignment takes off for lateness."""
    grace = timedelta(seconds=assignment.grace_seconds)
    return LatePolicy(per_day=assignment.late_per_day, at_most=assignment.late_at_most, grace=grace)


def extra_time(session: Session, submission: Submission) -> timedelta:
    """All the time that a learner was given beyond the dates."""
    given = session.scalars(
        select(Extension.seconds).where(
            Extension.assignment_id == submission.assignment_id, Extension.person_id == submission.person_id
        )
    )
    return timedelta(seconds=sum(given))
