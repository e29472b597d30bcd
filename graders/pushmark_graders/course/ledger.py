"""The attempts of one learner at one lab, in files that only staff can read.

    FOLDER/<course>/<lab>/<hash of the learner's id>/
        attempts.json          every attempt, in the order in which they were taken
        <commit>.report.json   what the learner was told
        <commit>.final.json    what only staff are

Changes are made under a lock of the kernel, which a killed process loses, and each file is replaced as a
whole. So two graders cannot take the same last attempt, and a crash leaves the state before or after.
"""

import contextlib
import fcntl
import hashlib
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec.structs import replace

from pushmark_graders import atomic
from pushmark_graders.course.budget import Allowed, Attempt, Decision, counting, decide, left, next_number
from pushmark_graders.course.spec import CourseSpec
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.report import final as final_file
from pushmark_graders.report import schema
from pushmark_graders.report.final import Final
from pushmark_graders.report.model import AttemptsLeft, Report

SCHEMA: Literal["pushmark/attempts/v1"] = "pushmark/attempts/v1"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `attempts.json`."""

    schema: Literal["pushmark/attempts/v1"] = SCHEMA
    course: str
    lab: str
    learner: str
    attempts: list[Attempt] = []


@dataclass(frozen=True)
class Outcome:
    """What a settled attempt came to: the learner's report, and staff's final half."""

    report: Report
    final: Final


class Ledger:
    """The ledger of one learner at one lab of a course. `learner` is a login or another id, in any case."""

    def __init__(self, folder: Path, course: CourseSpec, lab: str, learner: str) -> None:
        self._limits = course.attempts
        self._empty = Record(course=course.slug, lab=lab, learner=learner)
        self._folder = folder / course.slug / lab / key(learner)

    def take(self, commit: str, version: str, now: datetime) -> Decision:
        """Decide on a request, and write an allowed attempt down before anybody acts on it."""
        with self._locked():
            record = self._read()
            decision = decide(self._limits, record.attempts, commit, version, now)
            if isinstance(decision, Allowed):
                self._put(record, decision.attempt)
        return decision

    def settle(self, attempt: Attempt, outcome: Outcome) -> Outcome:
        """Write down what an attempt came to; returns what counts, which is the first outcome of a commit."""
        with self._locked():
            record = self._read()
            if any(_same(one, attempt) and one.state == "graded" for one in record.attempts):
                return self.outcome(attempt)
            atomic.write(self._report(attempt), schema.dump(outcome.report), mode=0o600)
            atomic.write(self._final(attempt), final_file.dump(outcome.final), mode=0o600)
            self._put(record, replace(attempt, state="graded"))
        return outcome

    def give_back(self, attempt: Attempt) -> None:
        """Return an attempt that was not graded; one that has an outcome meanwhile stays."""
        with self._locked():
            record = self._read()
            if any(_same(one, attempt) and one.state == "open" for one in record.attempts):
                self._put(record, replace(attempt, state="returned"))

    def outcome(self, attempt: Attempt) -> Outcome:
        return Outcome(schema.load(self._report(attempt)), final_file.load(self._final(attempt)))

    def earlier(self, attempt: Attempt | None, most: int) -> list[Report]:
        """The reports of the last `most` graded attempts (before this one, if one is named), the oldest first."""
        graded = [one for one in self._graded() if attempt is None or one.number < attempt.number]
        graded.sort(key=lambda one: one.number)
        return [schema.load(self._report(one)) for one in graded[-most:]]

    def settled(self, commit: str, version: str) -> Outcome | None:
        """The outcome of a commit that was graded by this version of the lab."""
        found = [one for one in self._graded() if (one.commit, one.version) == (commit, version)]
        return self.outcome(found[0]) if found else None

    def next(self, now: datetime) -> tuple[int, AttemptsLeft]:
        """The number that a new attempt would have, and what the budget holds without it."""
        counted = counting(self.attempts())
        return next_number(counted), left(self._limits, counted, now)

    def _graded(self) -> list[Attempt]:
        return [one for one in self.attempts() if one.state == "graded"]

    def attempts(self) -> list[Attempt]:
        return self._read().attempts

    def _report(self, attempt: Attempt) -> Path:
        return self._folder / f"{attempt.commit}.report.json"

    def _final(self, attempt: Attempt) -> Path:
        return self._folder / f"{attempt.commit}.final.json"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CouldNotGrade(
                f"{self._folder}: the ledger cannot be written: {error.strerror}", "choose a folder of your own"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _read(self) -> Record:
        path = self._folder / "attempts.json"
        try:
            return msgspec.json.decode(path.read_bytes(), type=Record)
        except FileNotFoundError:
            return self._empty
        except (OSError, msgspec.DecodeError) as error:
            raise CouldNotGrade(
                f"{path}: cannot be read: {error}", "mend it or restore it; a lost ledger would give attempts away"
            ) from error

    def _put(self, record: Record, attempt: Attempt) -> None:
        """Write the record with this attempt in the place of its former self, or at the end."""
        kept = [attempt if _is(one, attempt) else one for one in record.attempts]
        attempts = kept if attempt in kept else [*kept, attempt]
        atomic.write(
            self._folder / "attempts.json",
            msgspec.json.format(msgspec.json.encode(replace(record, attempts=attempts)), indent=2),
            mode=0o600,
        )


def key(learner: str) -> str:
    """A folder's name for any id. Logins differ by more than case, and by more than how an accent is typed."""
    plain = unicodedata.normalize("NFKC", learner).strip().casefold()
    return hashlib.blake2b(plain.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _is(one: Attempt, attempt: Attempt) -> bool:
    return one.commit == attempt.commit and one.number == attempt.number and one.state != "returned"


def _same(one: Attempt, attempt: Attempt) -> bool:
    return _is(one, attempt) and one.version == attempt.version
