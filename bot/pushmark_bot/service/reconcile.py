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
from pushmark_graders.lab.spec import LabSpec, load_lab
from pushmark_graders.report import markdown, schema
from pushmark_graders.report.model import SubmissionRef
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.course.score import counted
from pushmark_bot.course.shown import remarks
from pushmark_bot.db import attempts, scores
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Attempt, Push, Submission
from pushmark_bot.github import GitHub, GitHubError, Head, PullRequest
from pushmark_bot.gradebook.kept import KeptCommits
from pushmark_bot.memory import Published
from pushmark_bot.publish import Page, Target, publish
from pushmark_bot.service.executor import Errand, Executor, Graded, Later, Order
from pushmark_bot.service.lanes import Lane
from pushmark_bot.service.plan import Plan, Seen, State, plan
from pushmark_bot.service.writes import Writes
from pushmark_bot.slash.handle import handle
from pushmark_bot.slash.queue import is_waiting
from pushmark_bot.slash.tell import tell

FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=15), timedelta(hours=1)
WRITES_AT_MOST = 2
GONE = (404, 410)


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
        kept: KeptCommits | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`github` gives the port for an installation, `seed` a course's secret; `kept` holds graded commits."""
        self._database = database
        self._github = github
        self._executor = executor
        self._writes = writes
        self._seed = seed
        self._place = place
        self._kept = kept or KeptCommits(Path("commits"), 0)
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
            heard, only_publish = submission.heard, _only_to_publish(submission)
        if installation is None:
            raise PushmarkError(f"course {slug} has no installation", "install the app on the organisation")
        if self._writes.closed(installation) > 0:
            return
        github = self._github(installation)
        if only_publish:
            self._publish(number, installation, github)
            self._rest(number)
            return
        asked = self._clock()
        head = github.head(pull)
        untold = self._answer(number, installation, github, head)
        decided = self._look(number, head, asked, heard)
        later: Later | None = None
        wanted = self._sent_out(number) or decided.grade
        if wanted is not None:
            done = self._grade(number, wanted, github, lab, slug)
            if isinstance(done, Later):
                later, decided = done, Plan(publish=decided.publish)
            elif done:
                decided = self._look(number, head, asked, heard)
        if decided.publish:
            self._publish(number, installation, github)
        if decided.again is not None:
            later = self._grade_again(number, decided.again, github, lab, slug)
        self._put_back(number, untold)
        self._rest(number)
        if later is not None:
            self._wait(number, later)

    def _answer(self, number: int, installation: int, github: GitHub, head: Head) -> float | PushmarkError:
        """Do what commands ask for, and tell. What hinders that is no reason not to grade: it is returned, as is
        after how many seconds there is budget to tell the rest (0 when all is told)."""
        try:
            handle(self._database, number, github, head, self._clock)
            author = self._place.author
            return tell(self._database, number, github, author, lambda: self._writes.take(installation, 1))
        except PushmarkError as trouble:
            return trouble

    def _put_back(self, number: int, untold: float | PushmarkError) -> None:
        if isinstance(untold, PushmarkError):
            raise untold
        if untold > 0:
            with self._database.session() as session:
                _locked(session, number).retry = self._clock() + timedelta(seconds=untold)

    def _look(self, number: int, head: Head, asked: datetime, heard: int) -> Plan:
        """Note what GitHub showed after we had `heard` so often, and decide."""
        with self._database.session() as session:
            submission = _locked(session, number)
            pushes = _shown(session, submission, head, asked)
            decided = plan(_state(session, submission, pushes), head, asked)
            wanted = decided.grade.sha if decided.grade is not None else ""
            attempts.drop_cut_short(session, submission, wanted)
            if not is_waiting(session, submission):
                submission.seen = heard
            submission.wanted_sha = wanted or submission.graded_sha
            submission.trouble = decided.why
            submission.retry = asked + decided.look if decided.look is not None else None
            return decided

    def _rest(self, number: int) -> None:
        """All went well: the next trouble is a first one, and the next work is as urgent as it is by itself."""
        with self._database.session() as session:
            submission = _locked(session, number)
            submission.failures = 0
            if submission.seen == submission.heard and submission.published_sha == submission.graded_sha:
                submission.lane = Lane.BACKFILL

    def _sent_out(self, number: int) -> Seen | None:
        """The commit that another machine grades now: it comes first, so that nothing is sent out twice."""
        with self._database.reading() as session:
            row = attempts.sent_out(session, session.get_one(Submission, number))
            return Seen(sha=row.sha, received=row.received) if row is not None else None

    def _wait(self, number: int, later: Later) -> None:
        """Look again when it may have been graded, or earlier when there is something to tell."""
        with self._database.session() as session:
            submission = _locked(session, number)
            submission.trouble = f"being graded: {later.note}"[:500]
            submission.retry = min(later.at, submission.retry or later.at)

    def _grade(self, number: int, wanted: Seen, github: GitHub, lab: Path, course: str) -> Later | bool:
        """Grade a commit; False when there is no attempt left for it, or when it is under way elsewhere, until when."""
        spec = load_lab(lab)
        with self._database.session() as session:
            submission = _locked(session, number)
            decision = attempts.take(
                session, submission, sha=wanted.sha, version=spec.version, received=wanted.received, now=self._clock()
            )
            repository, author = submission.repository, submission.person.login
            if isinstance(decision, Refused):
                submission.trouble = f"no attempt left: {decision.used} of {decision.limit} are used"
                submission.retry = decision.free or self._clock() + LONGEST_RETRY
                return False
            if not isinstance(decision, Allowed):
                submission.graded_sha = wanted.sha
                return True
            session.flush()
            notebook = _Notebook(self._database, attempts.opened(session, submission, decision).id)
        reference = SubmissionRef(repository=repository, commit=wanted.sha, author=author)
        try:
            graded = self._run(spec, course, reference, github, notebook)
        except BaseException as trouble:
            if notebook.recall() is not None and not isinstance(trouble, PushmarkError):
                raise  # we end, or broke: whoever comes next finds the run again
            with self._database.session() as session:
                attempts.give_back(session, _locked(session, number), decision)
            raise
        if isinstance(graded, Later):
            return graded
        with self._database.session() as session:
            submission = _locked(session, number)
            before = attempts.graded(session, submission, submission.graded_sha)
            report = graded.report
            if before is not None and before.report is not None:
                report = after(schema.parse(before.report), report)
            attempts.settle(session, submission, decision, report, graded.final, self._clock())
            submission.graded_sha = wanted.sha
            return True

    def _grade_again(self, number: int, row: int, github: GitHub, lab: Path, course: str) -> Later | None:
        """Grade an attempt again that somebody asked for; a commit that is gone is given up."""
        with self._database.reading() as session:
            submission, sha = session.get_one(Submission, number), session.get_one(Attempt, row).sha
            reference = SubmissionRef(repository=submission.repository, commit=sha, author=submission.person.login)
        graded: Graded | Later | None = None
        notebook = _Notebook(self._database, row)
        try:
            graded = self._run(load_lab(lab), course, reference, github, notebook)
        except PushmarkError as error:
            notebook.forget()
            if not isinstance(error, GitHubError) or error.status not in GONE:
                raise
        if isinstance(graded, Later):
            return graded
        with self._database.session() as session:
            submission, attempt = _locked(session, number), session.get_one(Attempt, row)
            outcome = (graded.report, graded.final) if graded is not None else None
            attempts.settle_again(session, submission, attempt, outcome, self._clock())
            submission.published_sha, submission.retry = "", None
            submission.revision = Submission.revision + 1
        return None

    def _run(
        self, spec: LabSpec, course: str, reference: SubmissionRef, github: GitHub, notebook: "_Notebook"
    ) -> Graded | Later:
        order = Order(
            course=course,
            lab=spec,
            seed=self._seed(course),
            reference=reference,
            fetch=lambda into: self._kept.fetch(github, reference.repository, reference.commit, into),
            notebook=notebook,
        )
        graded = self._executor.grade(order)
        if isinstance(graded, Graded) and graded.report.status == "ungraded":
            raise PushmarkError("our side could not grade it", graded.report.message)
        return graded

    def _publish(self, number: int, installation: int, github: GitHub) -> None:
        if self._writes.take(installation, WRITES_AT_MOST) > 0:
            return  # it stays due, and is taken up when the budget has room
        with self._database.reading() as session:
            submission = session.get_one(Submission, number)
            row, page = _page(session, submission)
            report, sha, revision = schema.parse(row.report or b""), row.sha, submission.revision
            target = self._target(submission, sha)
        publish(report, target, github, markdown.render, _Remembered(self._database, number), page)
        with self._database.session() as session:
            submission = _locked(session, number)
            if submission.revision == revision:  # else somebody decided something meanwhile: it is published again
                submission.published_sha = sha

    def _target(self, submission: Submission, sha: str) -> Target:
        return Target(
            pull=PullRequest(submission.repository, submission.pull),
            sha=sha,
            author=self._place.author,
            api_url=self._place.api_url,
            web_url=self._place.web_url,
        )

    def _note(self, number: int, trouble: PushmarkError) -> None:
        limit = trouble.wait if isinstance(trouble, GitHubError) and trouble.limited else None
        with self._database.session() as session:
            submission = _locked(session, number)
            installation = submission.assignment.course.installation
            submission.trouble = str(trouble)[:500]
            if limit is None:
                submission.failures += 1
                pause = min(FIRST_RETRY * 2 ** min(submission.failures - 1, 20), LONGEST_RETRY)
                submission.retry = self._clock() + pause
        if limit is not None and installation is not None:
            self._writes.refused(installation, limit)


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
            _locked(session, self._number).published = msgspec.to_builtins(published, str_keys=True)


class _Notebook:
    """The errand of one grading, in its row."""

    def __init__(self, database: Database, row: int) -> None:
        self._database = database
        self._row = row

    def recall(self) -> Errand | None:
        with self._database.reading() as session:
            kept = session.get_one(Attempt, self._row).errand
        return msgspec.convert(kept, Errand) if kept is not None else None

    def keep(self, errand: Errand) -> None:
        with self._database.session() as session:
            session.get_one(Attempt, self._row).errand = msgspec.to_builtins(errand)

    def forget(self) -> None:
        """Nothing will come of it any more."""
        with self._database.session() as session:
            session.get_one(Attempt, self._row).errand = None


def _locked(session: Session, number: int) -> Submission:
    """A submission to change: what others note meanwhile waits until this transaction ends."""
    return session.get_one(Submission, number, with_for_update=True)


def _only_to_publish(submission: Submission) -> bool:
    """Nothing was heard since its newest commit was graded, so there is nothing to ask GitHub."""
    quiet = submission.heard == submission.seen and submission.retry is None
    return quiet and submission.wanted_sha == submission.graded_sha != submission.published_sha


def _shown(session: Session, submission: Submission, head: Head, asked: datetime) -> list[Seen]:
    """All pushes as we heard of them, with the one that GitHub shows among them."""
    rows = list(
        session.scalars(select(Push).where(Push.submission_id == submission.id).order_by(Push.received, Push.id))
    )
    shown = next((row for row in rows if row.sha == head.sha), None)
    if shown is None:
        shown = Push(submission_id=submission.id, sha=head.sha, received=asked, before="", told=False)
        session.add(shown)
        rows.append(shown)
    shown.shown = True
    return [Seen(sha=row.sha, received=row.received, before=row.before, told=row.told, shown=row.shown) for row in rows]


def _page(session: Session, submission: Submission) -> tuple[Attempt, Page]:
    """What is shown: the graded commit's best report, with what counts of it."""
    rules, settings = scores.rules(session, submission), scores.settings(session, submission)
    rows = [row for row in attempts.attempts(session, submission) if row.sha == submission.graded_sha]
    graded = [(row, counted(scores.of_row(row), settings, rules)) for row in rows if row.state == "graded"]
    if not graded:
        raise PushmarkError(f"submission {submission.id} has no report of {submission.graded_sha}", "report this")
    row, shown = max(graded, key=lambda one: (one[1].points, one[0].number, one[0].again))
    if scores.is_held_back(submission):
        return row, Page(held_back=True)
    return row, Page(remarks=remarks(shown, scores.grade(session, submission)))


def _state(session: Session, submission: Submission, pushes: list[Seen]) -> State:
    rules, again = scores.rules(session, submission), attempts.asked(session, submission)
    return State(
        graded_sha=submission.graded_sha,
        published_sha=submission.published_sha,
        pushes=pushes,
        again=again.id if again is not None else None,
        frozen=submission.frozen,
        schedule=rules.schedule,
        policy=rules.policy,
    )
