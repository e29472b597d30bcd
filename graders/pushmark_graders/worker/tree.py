"""Folders that learner code has written to: copied and removed without trusting anything in them.

Every worker gets a copy of its own, so nothing that one worker leaves behind (hidden inputs above all)
is there for the next. A learner meets this module only when a run leaves more than a copy may hold.
"""

import errno
import os
import stat
from pathlib import Path

MAX_DEPTH = 64
MAX_ENTRIES = 50_000
_NOT_NEEDED = {os.path.join(".dvc", "cache"), os.path.join(".dvc", "tmp")}  # noqa: PTH118  (compared with relpath's texts)
_CHUNK = 1 << 20


class TooMuch(Exception):
    """A folder holds more than a copy may: `what` is a sentence for the learner, `kind` its short form."""

    def __init__(self, what: str, kind: str) -> None:
        super().__init__(what)
        self.what = what
        self.kind = kind


def private_copy(source: Path | int, target: Path, *, max_bytes: int) -> None:
    """Copy the folders, regular files and links of `source` into the empty folder `target`.

    `source` is a path or an open folder. Links stay links, other kinds of files and what is nested too
    deeply are left out. Raises TooMuch when there is more than a copy may hold (sizes on disk say nothing
    about sparse files), or a path that is too long where the copy is.
    """
    try:
        _copy_below(source, target, max_bytes)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise TooMuch("A path in the submission's folder is too long.", "a path that is too long") from None


def _copy_below(source: Path | int, target: Path, max_bytes: int) -> None:
    budget = _Budget(max_bytes)
    start, below = (".", source) if isinstance(source, int) else (str(source), None)
    for parent, folders, files, at in os.fwalk(start, dir_fd=below):
        inside = os.path.relpath(parent, start)
        depth = 0 if inside == os.curdir else inside.count(os.sep) + 1
        entering = []
        for name in (*folders, *files):
            budget.entry()
            mode = os.stat(name, dir_fd=at, follow_symlinks=False).st_mode
            copy = target / inside / name
            if stat.S_ISLNK(mode):
                copy.symlink_to(os.readlink(name, dir_fd=at))
            elif stat.S_ISREG(mode):
                _copy_file(name, at, copy, mode, budget)
            elif stat.S_ISDIR(mode) and depth < MAX_DEPTH and os.path.normpath(f"{inside}/{name}") not in _NOT_NEEDED:
                copy.mkdir()
                entering.append(name)
        folders[:] = entering


class _Budget:
    """What may still be copied."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = max_bytes
        self._entries = MAX_ENTRIES

    def entry(self) -> None:
        self._entries -= 1
        if self._entries < 0:
            raise TooMuch(
                f"The submission's folder holds more than {MAX_ENTRIES:,} files after the run.", "too many files"
            )

    def bytes(self, count: int) -> None:
        self._bytes -= count
        if self._bytes < 0:
            most = self._max_bytes >> 20
            raise TooMuch(f"The submission's folder is larger than {most:,} MiB after the run.", "too much data")


def _copy_file(name: str, at: int, target: Path, mode: int, budget: _Budget) -> None:
    source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    with os.fdopen(source, "rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(_CHUNK):
            budget.bytes(len(chunk))
            writer.write(chunk)
    if mode & 0o100:
        target.chmod(0o755)


def holds_more(folder: Path, max_bytes: int) -> bool:
    """Whether `folder` takes more than `max_bytes` on disk, or has more entries than a copy may; it may be in use."""
    taken = entries = 0
    for parent, folders, files, at in os.fwalk(folder):
        for name in (*folders, *files):
            entries += 1
            try:
                taken += os.stat(name, dir_fd=at, follow_symlinks=False).st_blocks * 512
            except FileNotFoundError:
                continue  # gone meanwhile
            if taken > max_bytes or entries > MAX_ENTRIES:
                return True
        if os.path.relpath(parent, folder).count(os.sep) >= MAX_DEPTH:
            folders.clear()
    return False


def remove(folder: Path) -> None:
    """Remove `folder`, however deep it is nested and whatever its permissions are.

    `shutil.rmtree` fails beyond Python's recursion limit, and `tempfile.TemporaryDirectory` of Python
    before 3.11.8 follows links when it resets permissions (CVE-2023-6597). This one goes down and up by
    one open folder and never follows a link. Nothing else may be at work below `folder` meanwhile.
    """
    if not folder.is_dir() or folder.is_symlink():
        return
    folder.chmod(0o700)
    at = _enter(str(folder), None)
    way: list[str] = []
    waiting = [_unlink_files(at)]
    while waiting[-1] or way:
        if waiting[-1]:
            way.append(waiting[-1].pop())
            at = _enter(way[-1], at)
            waiting.append(_unlink_files(at))
        else:
            at = _enter("..", at)
            os.rmdir(way.pop(), dir_fd=at)
            waiting.pop()
    os.close(at)
    folder.rmdir()


def _enter(name: str, at: int | None) -> int:
    """Open the folder `name` below the open folder `at`, which is closed."""
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
    if at is not None:
        os.close(at)
    return inner


def _unlink_files(at: int) -> list[str]:
    """Unlink all but the folders in the open folder `at`; returns their names, each made accessible."""
    folders = []
    with os.scandir(at) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.name, 0o700, dir_fd=at)
                folders.append(entry.name)
            else:
                os.unlink(entry.name, dir_fd=at)
    return folders
