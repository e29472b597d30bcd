"""Has a commit graded in a repository of the instructor's, and takes the result when it is signed and of the right run.

An attempt is dispatched once: what is sent is written down before, and found again by its nonce. Until the run has
ended the answer is `Later`; whatever GitHub says meanwhile, nothing is sent again. After the limit the attempt is
given back.
"""

import hashlib
import secrets
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import msgspec
from pushmark_graders.errors import CouldNotGrade, PushmarkError
from pushmark_graders.report import schema
from pushmark_graders.report.final import Final

from pushmark_bot.actions import layout
from pushmark_bot.actions.statement import Forged, Statement, check_key, verify
from pushmark_bot.actions.statement import Order as Inputs
from pushmark_bot.github import GitHubError, WorkflowRun, Workflows
from pushmark_bot.service.archive import unpack
from pushmark_bot.service.executor import Errand, Executor, Graded, Later, Order

FIRST_LOOK, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=2)
APPEARS_WITHIN = timedelta(minutes=15)
"""A run that was dispatched and is not there after this will not come."""
CLOCKS_DIFFER = timedelta(minutes=10)
MOST_ARCHIVE = 30 << 20


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where gradings run, whose signature counts, and how long one may take."""

    repository: str
    branch: str
    public_key: str
    limit: timedelta


class Actions:
    """Grades on GitHub Actions. Threads may share it when they may share `workflows`."""

    def __init__(
        self,
        place: Place,
        workflows: Workflows,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        check_key(place.public_key)
        self._place = place
        self._workflows = workflows
        self._clock = clock

    def grade(self, order: Order) -> Graded | Later:
        """Send the commit out, or look how far it is.

        Raises PushmarkError when nothing will come of it any more: then the attempt is to be given back.
        """
        errand = order.notebook.recall()
        if errand is None:
            return self._send(order)
        try:
            return self._look(order, errand)
        except GitHubError as trouble:
            self._check_time(errand, f"GitHub does not tell how far it is: {trouble.what}")
            return self._later(errand, trouble.what)

    def close(self) -> None:
        """Nothing is open between two looks."""

    def _send(self, order: Order) -> Graded | Later:
        content = _repacked(order)
        place = self._place
        try:
            archive = self._workflows.upload(place.repository, content)
        except GitHubError as trouble:
            raise _ours(trouble) from None
        digest = hashlib.sha256(content).hexdigest()
        errand = Errand(nonce=secrets.token_hex(16), asked=self._clock(), archive=archive, digest=digest)
        order.notebook.keep(errand)
        inputs = msgspec.to_builtins(_inputs(order, errand))
        try:
            run = self._workflows.dispatch(place.repository, layout.WORKFLOW, place.branch, inputs)
        except GitHubError as trouble:
            if 0 < trouble.status < 500:
                raise _ours(trouble) from None
            run = 0  # it may have begun: the next look finds it, or the time runs out
        if run:
            errand = msgspec.structs.replace(errand, run=run)
            order.notebook.keep(errand)
        return Later(at=self._clock() + FIRST_LOOK, note="it was sent to GitHub Actions")

    def _look(self, order: Order, errand: Errand) -> Graded | Later:
        run = self._run(errand)
        if run is None:
            if self._clock() - errand.asked > APPEARS_WITHIN:
                raise CouldNotGrade(
                    f"no run of {self._place.repository} began", "see whether Actions is on there; it is tried again"
                )
            return self._later(errand, "waiting for the run to begin")
        if not errand.run:
            errand = msgspec.structs.replace(errand, run=run.id)
            order.notebook.keep(errand)
        self._check_run(run, errand)
        if run.status != "completed":
            self._check_time(errand, f"the run did not end: {run.url}")
            return self._later(errand, f"the run is {run.status.replace('_', ' ')}: {run.url}")
        if run.conclusion != "success":
            raise CouldNotGrade(f"the run ended with {run.conclusion}: {run.url}", "its summary says why")
        return self._result(order, errand, run)

    def _run(self, errand: Errand) -> WorkflowRun | None:
        place = self._place
        if errand.run:
            return self._workflows.run(place.repository, errand.run)
        since = errand.asked - CLOCKS_DIFFER
        listed = self._workflows.runs(place.repository, layout.WORKFLOW, since)
        return next((run for run in listed if run.title == _title(errand)), None)

    def _check_run(self, run: WorkflowRun, errand: Errand) -> None:
        """Raises Forged for a run that is not the one that was dispatched, whatever it says of itself."""
        place = self._place
        expected = {
            "repository": (run.repository.lower(), place.repository.lower()),
            "workflow": (run.path, layout.WORKFLOW_PATH),
            "branch": (run.branch, place.branch),
            "event": (run.event, "workflow_dispatch"),
            "title": (run.title, _title(errand)),
        }
        _compare(expected, run)

    def _check_time(self, errand: Errand, what: str) -> None:
        if self._clock() - errand.asked > self._place.limit:
            minutes = self._place.limit.total_seconds() / 60
            raise CouldNotGrade(f"no result after {minutes:g} minutes; {what}", "it is tried again; see the runs there")

    def _later(self, errand: Errand, note: str) -> Later:
        now = self._clock()
        pause = min(max((now - errand.asked) / 4, FIRST_LOOK), LONGEST_PAUSE)
        return Later(at=now + pause, note=note)

    def _result(self, order: Order, errand: Errand, run: WorkflowRun) -> Graded:
        repository = self._place.repository
        kept = [one for one in self._workflows.artifacts(repository, run.id, layout.ARTIFACT) if not one.expired]
        if len(kept) != 1 or kept[0].bytes > layout.MOST_RESULT:
            raise CouldNotGrade(f"the run kept no single result: {run.url}", "it is tried again")
        with tempfile.TemporaryFile() as file:
            self._workflows.download(repository, kept[0].id, file, most=layout.MOST_RESULT)
            content, signature = _read(file)
        statement = verify(content, signature, self._place.public_key)
        self._check_statement(statement, order, errand, run)
        try:
            report = schema.parse(statement.report)
            final = msgspec.json.decode(statement.final, type=Final)
        except msgspec.DecodeError as error:
            raise Forged(f"the report of the result cannot be read: {error}", "build the course again") from None
        if (report.lab.slug, report.lab.version) != (order.lab.slug, order.lab.version):
            raise PushmarkError(
                f"{repository} has version {report.lab.version} of {report.lab.slug}, and the bot {order.lab.version}",
                "build the course again with `pushmark-bot course build`, and push it",
            )
        report = msgspec.structs.replace(report, submission=order.reference)
        return Graded(report=report, final=msgspec.structs.replace(final, submission=order.reference))

    def _check_statement(self, statement: Statement, order: Order, errand: Errand, run: WorkflowRun) -> None:
        said, mine = statement.order, _inputs(order, errand)
        expected = {name: (getattr(said, name), getattr(mine, name)) for name in Inputs.__struct_fields__}
        _compare(expected, run)
        signed = statement.run
        _compare(
            {
                "repository": (signed.repository.lower(), run.repository.lower()),
                "run": (signed.id, run.id),
                "attempt of the run": (signed.attempt, run.attempt),
                "commit of the workflow": (signed.sha, run.sha),
            },
            run,
        )


def _ours(trouble: GitHubError) -> CouldNotGrade:
    """What hinders in the grading repository says nothing about the learner's."""
    step = "see that the app or the token may write contents and actions there, and that the workflow is there"
    return CouldNotGrade(trouble.what, step)


def _title(errand: Errand) -> str:
    """As `run-name` of the workflow makes it."""
    return f"Grade {errand.nonce}"


def _inputs(order: Order, errand: Errand) -> Inputs:
    return Inputs(
        nonce=errand.nonce,
        lab=order.lab.slug,
        repository=order.reference.repository,
        commit=order.reference.commit,
        archive=errand.archive,
        digest=errand.digest,
    )


def _compare(expected: Mapping[str, tuple[object, object]], run: WorkflowRun) -> None:
    for name, (said, wanted) in expected.items():
        if said != wanted:
            raise Forged(
                f"the result is of another {name}: {str(said)[:100]!r}, expected {str(wanted)[:100]!r} ({run.url})",
                "look at who can write to the grading repository",
            )


def _repacked(order: Order) -> bytes:
    """The commit's files, taken out of GitHub's archive by our own rules, in an archive of our own."""
    with tempfile.TemporaryDirectory(prefix="pushmark-commit-") as folder:
        with tempfile.TemporaryFile() as archive:
            order.fetch(archive)
            target = Path(folder, "commit")
            target.mkdir()
            unpack(archive, target)
        content = layout.pack(layout.below(target))
    if len(content) > MOST_ARCHIVE:
        raise PushmarkError(
            f"the commit has {len(content) >> 20:,} MiB, and {MOST_ARCHIVE >> 20} can be sent",
            "track large files with DVC, not git",
        )
    return content


def _read(file: IO[bytes]) -> tuple[bytes, bytes]:
    """The statement and its signature from an artifact's zip. Raises Forged for anything else in there."""
    try:
        with zipfile.ZipFile(file) as archive:
            if sorted(archive.namelist()) != sorted([layout.RESULT, layout.SIGNATURE]):
                raise Forged("the result is not two files", "look at the workflow of the grading repository")
            with archive.open(layout.RESULT) as one, archive.open(layout.SIGNATURE) as other:
                content, signature = one.read(layout.MOST_RESULT + 1), other.read(1024)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise Forged(f"the result cannot be read: {error}", "it is tried again") from None
    if len(content) > layout.MOST_RESULT:
        raise Forged("the result is too large", "look at the workflow of the grading repository")
    return content, signature


class Chosen(msgspec.Struct, frozen=True):
    """An executor for some labs of a course; for all of them when none is named."""

    executor: Executor
    labs: frozenset[str] = frozenset()


class ByCourse:
    """Sends an order to the executor that was chosen for its course and lab, or else to the usual one."""

    def __init__(self, usual: Executor, chosen: Mapping[str, Chosen]) -> None:
        self._usual = usual
        self._chosen = chosen

    def grade(self, order: Order) -> Graded | Later:
        """What the chosen one says."""
        found = self._chosen.get(order.course)
        if found is None or (found.labs and order.lab.slug not in found.labs):
            return self._usual.grade(order)
        return found.executor.grade(order)

    def close(self) -> None:
        """Close all of them."""
        for one in (self._usual, *(chosen.executor for chosen in self._chosen.values())):
            one.close()
