"""The `suite` fixture: runs a learner's own tests on the lab's reference and on its mutants.

A learner reads which of their tests fails on a right implementation, with its line, and how many faulty ones
their tests miss. They read nothing of what was run: the names and lines come from a worker that held their own
files alone, and from the others only a number for each test is read (`verdicts`).

Each run has a worker of its own, in a fresh copy of the submission. All are called alike, in random order, and
each gets a variant of its own of the reference or mutant (`disguise`), so that tests can tell a mutant only by
what it does. Order and variants are drawn anew in each grading: what an attempt gave away about them is of no use
to the next.
"""

import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Annotated, Any, Literal

import msgspec

from pushmark_graders.checks.suite import Mutants, SuiteRun
from pushmark_graders.grading import sources
from pushmark_graders.grading.mutants import Files, Mutant, dressed, read_mutants, read_reference
from pushmark_graders.grading.verdicts import Outcome, Ran, holds, killed, notices, passed
from pushmark_graders.report.model import Location
from pushmark_graders.submission.errors import Garbled, Overran, Raised, SubmissionError, SuiteFailed, TimedOut
from pushmark_graders.submission.proxy import Connection, read_location
from pushmark_graders.worker import tree

MOST_TESTS = 1000
LONGEST_ID = 200
_TRIAL = "pushmark_graders.worker.trial"
_MOST_MB = 2048
"""What a copy of the submission's folder may hold; the worker has a limit of its own."""
_RIGHT = "a right implementation"
Tell = Literal["line", "failure"]


class Test(msgspec.Struct, frozen=True):
    """A test of the learner's, as the worker that holds nothing else describes it."""

    id: str
    path: str
    line: int
    source: list[str]

    @property
    def name(self) -> str:
        return self.id if len(self.id) <= LONGEST_ID else self.id[: LONGEST_ID - 3] + "..."


class _Collected(msgspec.Struct, frozen=True):
    tests: list[Test]
    fault: str


class _Failure(msgspec.Struct, frozen=True):
    line: int
    text: str


class _Answer(msgspec.Struct, frozen=True):
    ids: Annotated[list[str], msgspec.Meta(max_length=MOST_TESTS)]
    outcomes: tuple[Outcome, ...]
    failure: _Failure | None


@dataclass(frozen=True)
class _Played:
    """All runs: on the reference, and for each of `mutants` those that were needed; how each of the former failed."""

    mutants: Sequence[Mutant]
    controls: list[Ran]
    failures: list[_Failure | None]
    trials: list[list[Ran]]


class Suite:
    """The `suite` fixture. Results are kept in `kept`, so that several checks can ask about the same runs."""

    def __init__(
        self, lab: Path, connection: Connection, phase: Callable[[str], None], kept: dict[object, Any]
    ) -> None:
        self._lab = lab
        self._connection = connection
        self._phase = phase
        self._kept = kept

    def run(
        self,
        tests: str,
        *,
        against: str = "suite/reference",
        seconds: float = 10.0,
        repeats: int = 2,
        tell: Tell = "line",
    ) -> SuiteRun:
        """Run the tests below the folder `tests` of the submission on the reference, twice `repeats` times.

        Raises SuiteFailed when they do not pass each time, TimedOut or Garbled when they give no verdict within
        `seconds`, Raised when they cannot even be collected with the learner's own code. The learner reads which
        test is the first that fails, and its line; with `tell="failure"` also what it said, which can quote the
        reference.
        """
        roster = self._roster(tests, seconds)
        played = self._played(tests, roster, against, "", seconds, repeats, late_kills=False)
        if not holds(played.controls):
            raise _explain(roster, played, seconds, tell)
        return SuiteRun(tests=len(roster))

    def mutants(
        self,
        tests: str,
        *,
        folder: str = "suite/mutants",
        against: str = "suite/reference",
        seconds: float = 10.0,
        repeats: int = 2,
        late_kills: bool = False,
    ) -> Mutants:
        """Run the tests on each mutant in `folder`, `repeats` times, and among that on the reference as `run` does.

        Tests that do not pass on the reference kill nothing. With `late_kills` a mutant is also killed by tests
        that do not end within `seconds`; else such a run counts as survived. Raises what `run` raises when the
        tests cannot be collected.
        """
        roster = self._roster(tests, seconds)
        played = self._played(tests, roster, against, folder, seconds, repeats, late_kills=late_kills)
        hits = killed(played.controls, played.trials, late_kills=late_kills)
        return Mutants(sum(hits), len(hits), _count(hits, played.mutants, holds=holds(played.controls)))

    def _roster(self, tests: str, seconds: float) -> list[Test]:
        """The learner's tests as they are with the learner's own code: nothing hidden is in that worker."""
        key = ("roster", tests)
        if key not in self._kept:
            self._kept[key] = _collect(self._connection.beside(self._connection.folder, seconds), tests)
        roster: list[Test] = self._kept[key]
        return roster

    def _played(
        self,
        tests: str,
        roster: Sequence[Test],
        against: str,
        folder: str,
        seconds: float,
        repeats: int,
        *,
        late_kills: bool,
    ) -> _Played:
        if repeats < 1:
            raise ValueError(f"repeats: expected 1 or more, got {repeats}")
        key = (tests, against, folder, seconds, repeats, late_kills)
        if key not in self._kept:
            reference = read_reference(self._lab, against, tests)
            mutants = read_mutants(self._lab, folder, reference) if folder else []
            random = Random(secrets.randbits(128))  # noqa: S311  (one worker sees far too little of it to go on)
            with self._stage(seconds) as stage:
                plays = _Plays(stage, roster, tests, random, late_kills=late_kills)
                self._kept[key] = plays.play(reference, mutants, repeats, self._phase)
        played: _Played = self._kept[key]
        return played

    @contextmanager
    def _stage(self, seconds: float) -> "Iterator[_Stage]":
        """A copy of the submission in which files can be exchanged, removed at the end."""
        self._connection.end()  # where no mount namespace is in force, no other learner code may run beside this
        theirs = self._connection.folder
        folder = Path(tempfile.mkdtemp(prefix="s-", dir=theirs.parent))  # no longer than theirs: no path grows too long
        try:
            tree.private_copy(theirs, folder, max_bytes=_MOST_MB << 20)
            yield _Stage(folder, lambda: self._connection.beside(folder, seconds))
        except tree.TooMuch as error:
            raise SubmissionError(error.what, error.kind) from None
        finally:
            tree.remove(folder)


@dataclass(frozen=True)
class _Stage:
    folder: Path
    connect: Callable[[], Connection]


class _Plays:
    """Runs the tests on one implementation after the other."""

    def __init__(self, stage: _Stage, roster: Sequence[Test], tests: str, random: Random, *, late_kills: bool) -> None:
        self._stage = stage
        self._ids = [test.id for test in roster]
        self._tests = tests
        self._random = random
        self._late_kills = late_kills

    def play(self, reference: Files, mutants: Sequence[Mutant], repeats: int, phase: Callable[[str], None]) -> _Played:
        """All runs in random order. What cannot change the result is left out: runs on a mutant that survived one
        already, and on all mutants once the tests failed on the reference."""
        played = _Played(mutants, [], [], [[] for _ in mutants])
        jobs: list[int | None] = [None] * (2 * repeats) + [at for at in range(len(mutants)) for _ in range(repeats)]
        self._random.shuffle(jobs)
        for number, job in enumerate(jobs, 1):
            phase(f"running the submission's tests, {number} of {len(jobs)}")
            if job is None:
                ran, failure = self._run(reference)
                played.controls.append(ran)
                played.failures.append(failure)
                if mutants and not passed(ran):
                    break
            elif all(map(self._may_kill, played.trials[job])):
                played.trials[job].append(self._run(mutants[job].files)[0])
        return played

    def _may_kill(self, ran: Ran) -> bool:
        all_pass: tuple[Outcome, ...] = ("passed",)
        return notices(Ran(all_pass * len(self._ids)), ran, late_kills=self._late_kills)

    def _run(self, files: Files) -> tuple[Ran, _Failure | None]:
        """One run in a worker of its own. What the submission can cause is a run without a verdict."""
        for name, content in dressed(files, self._random).items():
            sources.write(self._stage.folder, name, content)
        connection = self._stage.connect()
        try:
            answer = msgspec.convert(connection.request("call", _TRIAL, "run", [self._tests]), _Answer)
        except Overran:
            raise
        except TimedOut:
            return Ran(how="late"), None
        except (SubmissionError, msgspec.ValidationError):
            return Ran(how="none"), None
        finally:
            connection.end()
        if answer.ids != self._ids or len(answer.outcomes) != len(self._ids):
            return Ran(how="none"), None
        return Ran(answer.outcomes), answer.failure


def _collect(connection: Connection, tests: str) -> list[Test]:
    try:
        found = msgspec.convert(connection.request("call", _TRIAL, "collect", [tests]), _Collected)
    except msgspec.ValidationError:
        raise Garbled("What your tests are could not be read.", "no valid answer") from None
    finally:
        connection.end()
    if found.fault:
        raise Raised(f"Your tests cannot be collected with your own code:\n{found.fault[:10_000]}", "no tests")
    if not found.tests:
        raise SuiteFailed(
            f"There are no tests in `{tests}`: pytest looks for test_*.py and test_ functions.", "no tests"
        )
    if len(found.tests) > MOST_TESTS:
        raise SuiteFailed(f"There are {len(found.tests):,} tests; at most {MOST_TESTS:,} are run.", "too many tests")
    if len({test.id for test in found.tests}) != len(found.tests):
        raise SuiteFailed("Two of your tests have the same id.", "two tests of one id")
    return found.tests


def _explain(roster: Sequence[Test], played: _Played, seconds: float, tell: Tell) -> SubmissionError:
    """Why the tests do not pass on the reference, in the words of the learner's own files."""
    controls = played.controls
    if len(set(controls)) > 1:
        return SuiteFailed(_flaky(roster, controls), "another result each time")
    if controls[0].how == "late":
        return TimedOut(f"Your tests did not end within {seconds:g} s on {_RIGHT}.", f"no end within {seconds:g} s")
    if controls[0].how == "none":
        said = f"Your tests gave no result on {_RIGHT}: the process ended early, or there were other tests than yours."
        return Garbled(said, "no verdict")
    if "failed" not in controls[0].outcomes:
        return SuiteFailed(f"None of your {len(roster)} tests ran on {_RIGHT}: all are skipped.", "all skipped")
    test = roster[controls[0].outcomes.index("failed")]
    failure = played.failures[0]
    place, quoted = _place(test, failure)
    theirs = failure.text if tell == "failure" and failure is not None else ""
    parts = [f"`{test.name}` fails on {_RIGHT}.", quoted, theirs]
    return SuiteFailed("\n".join(part for part in parts if part), "a test fails", place)


def _place(test: Test, failure: _Failure | None) -> tuple[Location | None, str]:
    """The line of a failure, and its text as the learner wrote it; a line outside of the test is not taken."""
    at = failure.line - test.line if failure is not None else -1
    if not 0 <= at < len(test.source):
        return read_location([test.path, test.line]), ""
    return read_location([test.path, test.line + at]), f"  line {test.line + at}: {test.source[at].strip()}"


def _flaky(roster: Sequence[Test], controls: Sequence[Ran]) -> str:
    said = f"Your tests must give the same result each time; on {_RIGHT} they do not."
    verdicts = [run.outcomes for run in controls if run.how == "verdict"]
    for number, outcomes in enumerate(zip(*verdicts, strict=True)):
        if len({*outcomes} - {""}) > 1:
            return f"{said} The first that differs is `{roster[number].name}`."
    return f"{said} In one of {len(controls)} runs they gave no result."


def _count(hits: Sequence[bool], mutants: Sequence[Mutant], *, holds: bool) -> str:
    if not holds:
        return f"Your tests do not pass on {_RIGHT}, so they notice none of {len(hits)} faulty ones yet."
    said = f"Your tests notice {sum(hits)} of {len(hits)} faulty implementations."
    missed = [mutant.hint for mutant, hit in zip(mutants, hits, strict=True) if not hit and mutant.hint]
    return f"{said}\nMissed: {missed[0]}" if missed else said
