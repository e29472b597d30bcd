"""Takes a commit out of the archive that GitHub makes of it: regular files, by their names, and nothing else.

No git runs, so no hook, filter, submodule or attribute of a learner's does either. What is no regular file is left
out, and so is a name that would lead anywhere but below the target; the grader then says which of the lab's files
are missing. Bytes are counted as they are unpacked, not as the archive claims them.
"""

import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec
from pushmark_graders.errors import COULD_NOT_GRADE, ExitCode, PushmarkError

CHUNK = 1 << 16
MOST_DEEP = 64
LONGEST_NAME = 1_000


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a commit may hold."""

    files: int = 20_000
    bytes: int = 500 << 20


class TooMuch(PushmarkError):
    """The commit holds more than a lab's repository could."""


class Damaged(PushmarkError):
    """What came is no archive, or ends in its middle."""

    exit_code: ExitCode = COULD_NOT_GRADE


class Unpacked(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, and the names of what was left out (at most 50)."""

    files: int
    bytes: int
    left_out: list[str]


def unpack(archive: IO[bytes], target: Path, limits: Limits | None = None) -> Unpacked:
    """Write the files of a `.tar.gz` stream below the empty folder `target`, without its top folder.

    Raises TooMuch and Damaged; `target` then holds a part, and should be removed.
    """
    counted = _Counted(limits or Limits())
    left_out: list[str] = []
    try:
        with tarfile.open(fileobj=archive, mode="r|gz", errorlevel=2) as tar:
            for member, name in _members(tar, counted, left_out):
                source = tar.extractfile(member)
                if source is None:
                    continue
                if not _write(source, target, name, counted):
                    _note(left_out, name)
    except (tarfile.TarError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise  # our own disk
        raise Damaged(f"the archive of the commit cannot be read: {error}", "fetch it again") from None
    return Unpacked(files=counted.files, bytes=counted.bytes, left_out=left_out)


class _Counted:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.files = 0
        self.bytes = 0

    def file(self) -> None:
        self.files += 1
        if self.files > self._limits.files:
            raise TooMuch(f"the commit holds more than {self._limits.files:,} files", "remove generated files")

    def read(self, size: int) -> None:
        self.bytes += size
        if self.bytes > self._limits.bytes:
            raise TooMuch(
                f"the commit holds more than {self._limits.bytes >> 20:,} MiB", "track large files with DVC, not git"
            )


def _members(tar: tarfile.TarFile, counted: _Counted, left_out: list[str]) -> Iterator[tuple[tarfile.TarInfo, str]]:
    """Regular files and their safe names. Everything passes through the counter, also what is skipped."""
    for member in tar:
        parts = PurePosixPath(member.name).parts[1:]
        if member.isdir() or not parts:
            continue
        counted.file()
        name = "/".join(parts)
        if not member.isreg() or not _is_safe(member.name, parts):
            counted.read(max(member.size, 0) if member.isreg() else 0)
            _note(left_out, name)
            continue
        yield member, name


def _is_safe(whole: str, parts: tuple[str, ...]) -> bool:
    odd = any(part in ("..", ".") or "\0" in part or part.casefold() == ".git" for part in parts)
    return not (odd or whole.startswith("/") or len(parts) > MOST_DEEP or len(whole) > LONGEST_NAME)


def _write(source: IO[bytes], target: Path, name: str, counted: _Counted) -> bool:
    """Whether the file was written: a name that an earlier member has, as a file or a folder, is not written twice."""
    path = target / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("xb")
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        while chunk := source.read(CHUNK):
            counted.read(len(chunk))
        return False
    with file:
        while chunk := source.read(CHUNK):
            counted.read(len(chunk))
            file.write(chunk)
    return True


def _note(left_out: list[str], name: str) -> None:
    if len(left_out) < 50:
        left_out.append(name.encode(errors="backslashreplace").decode()[:300])
