"""The reports of a cohort, in one folder that outlives every crash.

    FOLDER/<label>.json            the report of a submission that was graded
    FOLDER/ungraded/<label>.json   what our side had to say where it was not, until it is
    FOLDER/.regrade/               keys that say when a report is still right, drafts, and a lock

A report counts as finished when its key is that of the submission as it is now, and names the report's own
bytes. So a process that is killed between two writes leaves something that is done again, never something wrong.
Whoever uses the folder may ask for more than that with `counts`.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pushmark_graders import atomic
from pushmark_graders.errors import PushmarkError
from pushmark_graders.grading.effort import Effort
from pushmark_graders.grading.repeats import Verdicts
from pushmark_graders.report import schema
from pushmark_graders.report.final import Final
from pushmark_graders.report.model import Report
from pushmark_graders.worker import tree


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What only staff read of a grading: beside the final half what it took, and what its repeats said."""

    final: Final
    effort: Effort = Effort()
    repeats: list[Verdicts] = []


Counts = Callable[[str, Report, Record], bool]
"""Whether the report under a label is one to keep."""


class _Finished(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a key file: the submission's key, a hash of the report that it belongs to, its seconds, and
    where `counts` asks for it what only staff read."""

    key: str
    report: str
    seconds: float = 0.0
    record: Record | None = None


@dataclass(frozen=True)
class Found:
    """A finished report, and how long it took."""

    report: Report
    seconds: float
    record: Record | None


class Reports:
    """The folder. One process works in it at a time: within `with reports.locked():`.

    With `counts`, a report that it turns down is not finished, and `.regrade` holds what only staff read, too.
    """

    def __init__(self, folder: Path, *, counts: Counts | None = None) -> None:
        self.folder = folder
        self._counts = counts
        self.scratch = folder / ".regrade" / "scratch"
        self._keys = folder / ".regrade" / "keys"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder, and keep others out; a killed process keeps nobody out. Raises PushmarkError."""
        with self._writing():
            self._keys.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder / ".regrade" / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with self._writing():
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise PushmarkError(
                        f"{self.folder}: another run of Pushmark is at work there",
                        "wait for it, or choose another folder",
                    ) from None
                tree.remove(self.scratch)
                self.scratch.mkdir()
            yield
        finally:
            os.close(lock)

    @property
    def keeps_record(self) -> bool:
        return self._counts is not None

    def find(self, label: str, key: str) -> Found | None:
        """The finished report of `label`, if `key` is still that of the submission."""
        try:
            finished = msgspec.json.decode(self._key(label).read_bytes(), type=_Finished)
            content = self.path(label).read_bytes()
            if (finished.key, finished.report) == (key, _hash(content)):
                report = schema.parse(content)
                if self._is_finished(label, report, finished.record):
                    return Found(report, finished.seconds, finished.record)
        except (OSError, msgspec.DecodeError):
            pass  # nothing there, or half of it: it is made again
        return None

    def _is_finished(self, label: str, report: Report, record: Record | None) -> bool:
        if self._counts is None:
            return True
        return record is not None and self._counts(label, report, record)

    def put(self, label: str, key: str, report: Report, seconds: float, record: Record | None = None) -> Path:
        """Write a report; returns where. One without a key, or `ungraded`, is not finished: it is made again.

        An ungraded report takes the place of no graded one. Raises PushmarkError when the disk refuses.
        """
        content = msgspec.json.format(schema.dump(report), indent=2)
        aside = self.folder / "ungraded" / f"{label}.json"
        with self._writing():
            if report.status == "ungraded":
                aside.parent.mkdir(exist_ok=True)
                atomic.write(aside, content, draft_in=self.scratch)
                return aside
            atomic.write(self.path(label), content, draft_in=self.scratch)
            is_finished = bool(key) and self._is_finished(label, report, record)
            finished = _Finished(
                key=key if is_finished else "",
                report=_hash(content) if is_finished else "",
                seconds=seconds,
                record=record if self.keeps_record else None,
            )
            atomic.write(self._key(label), msgspec.json.encode(finished), draft_in=self.scratch)
            aside.unlink(missing_ok=True)
        return self.path(label)

    def path(self, label: str) -> Path:
        return self.folder / f"{label}.json"

    def _key(self, label: str) -> Path:
        return self._keys / f"{label}.json"

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = error.filename or self.folder
            raise PushmarkError(f"{where} cannot be written: {error.strerror}", "choose another folder") from None


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=32).hexdigest()
