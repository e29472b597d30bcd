"""Takes a submission in: copies what the learner may change, puts back everything else.

The result is a folder that holds the lab's own files and the learner's editable ones, and a list of
what was put back or left out, for the report. Nothing is followed, unpacked or executed here.
"""

import fnmatch
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from pushmark_graders.errors import PushmarkError
from pushmark_graders.lab.spec import SubmissionSpec
from pushmark_graders.report.model import Integrity

SKIPPED_FOLDERS = frozenset(
    {
        ".git",
        ".venv",
        "venv",
        "__pycache__",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        "node_modules",
        ".ipynb_checkpoints",
    }
)
"""Folders that tools make; never part of a submission, never worth a remark."""

SKIPPED_PATHS = (".dvc/cache", ".dvc/tmp", ".dvcstore", "mlruns", "mlflow.db")
MAX_DEPTH = 32
_LISTED = 50
_LONGEST = 300


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What was copied, and what to say about the rest."""

    integrity: Integrity
    editable: list[str]


def take(spec: SubmissionSpec, base: Path, submission: Path, target: Path) -> Taken:
    """Fill the empty folder `target` from `base` (the lab's template) and `submission`.

    Editable files come from the submission alone: one that the learner deleted stays deleted. All
    others come from `base`. Raises PushmarkError when `submission` is no folder, or holds more editable
    files or bytes than the lab allows.
    """
    if not submission.is_dir():
        what = "not a folder" if submission.exists() else "no such folder"
        raise PushmarkError(f"{submission}: {what}", "give the path of the learner's repository")
    try:
        return _take(spec, base, submission, target)
    except OSError as error:  # names that clash or are too long, folders that may not be read
        raise PushmarkError(
            f"{_legible(str(error.filename or submission))} cannot be taken in: {error.strerror}",
            "rename or remove it, or make it readable",
        ) from None


def _take(spec: SubmissionSpec, base: Path, submission: Path, target: Path) -> Taken:
    flags: list[str] = []
    theirs = dict(files(submission, flags))
    editable = {name: size for name, size in theirs.items() if is_editable(name, spec)}
    _check_size(spec, editable)
    known = dict(files(base, []))
    for name in known:
        if not is_editable(name, spec):
            _copy(base / name, target / name)
    for name in editable:
        _copy(submission / name, target / name)
    overlaid = (
        []
        if base == submission
        else [
            name if name in theirs else f"{name} (deleted)"
            for name in sorted(known)
            if not is_editable(name, spec) and not _same(base / name, submission / name, theirs.get(name))
        ]
    )
    ignored = [n for n in sorted(theirs) if n not in known and n not in editable and not matches(n, spec.ignore)]
    return Taken(
        integrity=Integrity(overlaid=_short(overlaid), ignored=_short(ignored), flags=_short(flags)),
        editable=sorted(editable),
    )


def is_editable(name: str, spec: SubmissionSpec) -> bool:
    return matches(name, spec.editable)


def matches(name: str, patterns: list[str]) -> bool:
    """`*` stays inside a folder, `**` between slashes crosses folders, a trailing `/` means everything below."""
    parts = name.split("/")
    return any(_matches_parts(parts, re.sub("/$", "/**", pattern).split("/")) for pattern in patterns)


def _matches_parts(name: list[str], pattern: list[str]) -> bool:
    if not name or not pattern:
        return not name and not pattern
    if pattern[0] == "**":
        return pattern == ["**"] or any(_matches_parts(name[skip:], pattern[1:]) for skip in range(len(name)))
    return fnmatch.fnmatchcase(name[0], pattern[0]) and _matches_parts(name[1:], pattern[1:])


def files(root: Path, flags: list[str], below: str = "") -> Iterator[tuple[str, int]]:
    """Regular files below `root` as (relative name, bytes); links and special files are only flagged."""
    with os.scandir(root / below) as entries:
        for entry in sorted(entries, key=lambda found: found.name):
            name = str(PurePosixPath(below, entry.name))
            if entry.name in SKIPPED_FOLDERS or name in SKIPPED_PATHS:
                continue
            mode = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(mode.st_mode):
                if name.count("/") < MAX_DEPTH:
                    yield from files(root, flags, name)
                else:
                    flags.append(f"{name} is nested more than {MAX_DEPTH} folders deep and was left out")
            elif stat.S_ISREG(mode.st_mode) and mode.st_nlink == 1:
                yield name, mode.st_size
            else:
                flags.append(f"{name} is {_kind(mode)} and was left out")


def _kind(mode: os.stat_result) -> str:
    if stat.S_ISLNK(mode.st_mode):
        return "a symbolic link"
    return "a hard link" if stat.S_ISREG(mode.st_mode) else "not a regular file"


def _check_size(spec: SubmissionSpec, editable: dict[str, int]) -> None:
    if len(editable) > spec.max_files:
        raise PushmarkError(
            f"the submission has {len(editable):,} editable files; the lab allows {spec.max_files:,}",
            "remove generated files, or track data with DVC",
        )
    if (total := sum(editable.values())) > spec.max_bytes:
        largest = max(editable, key=editable.__getitem__)
        raise PushmarkError(
            f"the editable files have {total:,} bytes; the lab allows {spec.max_bytes:,} (largest: {largest})",
            "track large files with DVC instead of git",
        )


def _copy(source: Path, target: Path) -> None:
    """Copy the bytes of a regular file; fails rather than follow a link that appeared meanwhile."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as reader:
        if not stat.S_ISREG(os.fstat(reader.fileno()).st_mode):
            raise PushmarkError(f"{source} changed while it was read", "try again")
        target.write_bytes(reader.read())


def _same(ours: Path, theirs: Path, size: int | None) -> bool:
    return size is not None and ours.stat().st_size == size and ours.read_bytes() == theirs.read_bytes()


def _short(names: list[str]) -> list[str]:
    rest = len(names) - _LISTED
    listed = [_legible(name) for name in names[:_LISTED]]
    return [*listed, f"... and {rest} more"] if rest > 0 else listed


def _legible(name: str) -> str:
    r"""A file name as text that every report can hold: bytes that are not UTF-8 appear as `\xff`, long ones are cut."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
