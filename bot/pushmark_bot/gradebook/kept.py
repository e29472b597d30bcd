"""Keeps the archive of each graded commit, so that it can be graded anew when its repository is gone.

    FOLDER/owner/name/COMMIT.SHA256.tar.gz

The file's name says which commit it is and what its bytes are; bytes that are not those are removed, never graded.
The folder has a budget. When it is full, the repository that takes most gives up its oldest first, so that nobody can
push others out by pushing much; and one archive may take at most a hundredth of it. Nothing is lost by that but time:
what is not here is fetched from GitHub.
"""

import contextlib
import hashlib
import logging
import os
import re
import shutil
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

import msgspec

MOST_BYTES = 200 << 20
"""The largest archive that is fetched at all."""

RECOUNT = 200
"""After so many new archives the folder is counted again: other processes may write to it too."""

SUFFIX = ".tar.gz"
_PART = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_log = logging.getLogger("pushmark_bot")


class Source(Protocol):
    """Where a commit's archive comes from: GitHub's port is one."""

    def fetch(self, repo: str, sha: str, into: IO[bytes], /, *, most: int) -> None:
        """Write the archive (.tar.gz) of a commit, of at most `most` bytes, into a file."""


class _File(msgspec.Struct, frozen=True):
    path: Path
    size: int
    when: float


class KeptCommits:
    """The folder. Threads may share it; so may processes on this machine. With a `budget` of 0 it keeps nothing."""

    def __init__(self, folder: Path, budget: int) -> None:
        self._folder = folder
        self._budget = budget
        self._lock = threading.Lock()
        self._bytes = 0
        self._until_recount = 0

    def fetch(self, github: Source, repository: str, sha: str, into: IO[bytes]) -> None:
        """Write the commit's archive into a file: the kept one, or GitHub's, which is then kept.

        Raises GitHubError when it is not here and GitHub does not have it.
        """
        if not self.read(repository, sha, into):
            github.fetch(repository, sha, into, most=MOST_BYTES)
            self.keep(repository, sha, into)
        into.seek(0)

    def read(self, repository: str, sha: str, into: IO[bytes]) -> bool:
        """Write a kept archive into a file, from its start; returns whether there is one that is whole."""
        for path in self._of(repository, sha):
            into.seek(0)
            into.truncate()
            try:
                with path.open("rb") as kept:
                    shutil.copyfileobj(kept, into)
                if path.name.split(".")[1] == _digest(into):
                    into.seek(0)
                    return True
                _log.warning("%s is not as it was written; it is removed", path)
                path.unlink(missing_ok=True)
            except OSError as error:
                _log.warning("a kept commit cannot be read: %s", error)
        into.seek(0)
        into.truncate()
        return False

    def keep(self, repository: str, sha: str, archive: IO[bytes]) -> None:
        """Keep an archive. A disk that refuses is written down, and nothing else: the commit can still be graded."""
        size = archive.seek(0, os.SEEK_END)
        if not size or size > self._budget // 100 or not self._is_sound(repository, sha) or self._has(repository, sha):
            return
        try:
            self._write(repository, sha, archive)
            with self._lock:
                self._bytes += size
                self._until_recount -= 1
                if self._bytes > self._budget or self._until_recount <= 0:
                    self._make_room()
        except OSError as error:
            _log.warning("the commit %s of %s cannot be kept: %s", sha[:12], repository, error)
        finally:
            archive.seek(0)

    def _has(self, repository: str, sha: str) -> bool:
        return next(self._of(repository, sha), None) is not None

    def _of(self, repository: str, sha: str) -> Iterator[Path]:
        if self._is_sound(repository, sha):
            yield from sorted((self._folder / repository.lower()).glob(f"{sha}.*{SUFFIX}"))

    def _is_sound(self, repository: str, sha: str) -> bool:
        parts = repository.split("/")
        named = len(parts) == 2 and all(_PART.fullmatch(part) and part.strip(".") for part in parts)
        return named and _COMMIT.fullmatch(sha) is not None

    def _write(self, repository: str, sha: str, archive: IO[bytes]) -> None:
        folder = self._folder / repository.lower()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in (folder.parent, folder):
            part.mkdir(mode=0o700, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(prefix=".draft-", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                archive.seek(0)
                shutil.copyfileobj(archive, file)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(folder / f"{sha}.{_digest(archive)}{SUFFIX}")
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise

    def _make_room(self) -> None:
        """Count anew; over the budget, remove until a tenth of it is free."""
        by_repository: dict[Path, list[_File]] = defaultdict(list)
        for file in _files(self._folder):
            by_repository[file.path.parent].append(file)
        taken = {folder: sum(file.size for file in files) for folder, files in by_repository.items()}
        self._bytes, self._until_recount = sum(taken.values()), RECOUNT
        if self._bytes <= self._budget:
            return
        for files in by_repository.values():
            files.sort(key=lambda file: file.when, reverse=True)
        while self._bytes > self._budget * 9 // 10:
            largest = max(taken, key=lambda folder: taken[folder])
            oldest = by_repository[largest].pop()
            oldest.path.unlink(missing_ok=True)
            taken[largest] -= oldest.size
            self._bytes -= oldest.size


def _files(folder: Path) -> Iterator[_File]:
    for path in folder.glob(f"*/*/*{SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):
            found = path.stat()
            yield _File(path, found.st_size, found.st_mtime)


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()
