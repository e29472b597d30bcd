"""The reports of a cohort, in one folder that outlives every crash.

    FOLDER/<label>.json            the report of a submission that was graded
    FOLDER/ungraded/<label>.json   what our side had to say where it was not, until it is
    FOLDER/.regrade/               keys that say when a report is still right, drafts, and a lock

A report counts as finished when its key is that of the submission as it is now, and names the report's own
bytes. So a process that is killed between two writes leaves something that is done again, never something wrong.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pushmark_graders import atomic
from pushmark_graders.errors import PushmarkError
from pushmark_graders.report import schema
from pushmark_graders.report.model import Report
from pushmark_graders.worker import tree


class _Finished(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a key file: the submission's key, a hash of the report that it belongs to, and its seconds."""

    key: str
    report: str
    seconds: float = 0.0


class Reports:
    """The folder. One process works in it at a time: within `with reports.locked():`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
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
                        f"{self.folder}: another regrade is at work there", "wait for it, or choose another folder"
                    ) from None
                tree.remove(self.scratch)
                self.scratch.mkdir()
            yield
        finally:
            os.close(lock)

    def find(self, label: str, key: str) -> tuple[Report, float] | None:
        """The finished report of `label` and how long it took, if `key` is still that of the submission."""
        try:
            finished = msgspec.json.decode(self._key(label).read_bytes(), type=_Finished)
            content = self.path(label).read_bytes()
            if (finished.key, finished.report) == (key, _hash(content)):
                return schema.parse(content), finished.seconds
        except (OSError, msgspec.DecodeError):
            pass  # nothing there, or half of it: it is made again
        return None

    def put(self, label: str, key: str, report: Report, seconds: float) -> Path:
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
            finished = _Finished(key=key, report=_hash(content) if key else "", seconds=seconds)
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
