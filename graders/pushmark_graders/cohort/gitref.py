"""A commit of a local git repository as a folder, without running anything that the repository brings.

Objects are read with `git ls-tree` and `git cat-file` alone: no hook, filter, file-system monitor, submodule or
LFS pointer is obeyed, nothing is fetched, and nothing is written to the repository. Only regular files come out.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pushmark_graders import process
from pushmark_graders.errors import PushmarkError
from pushmark_graders.submission.intake import MAX_DEPTH, SKIPPED_FOLDERS

MOST_FILES = 20_000
MOST_BYTES = 512 << 20
_SECONDS = 120.0
_LONGEST_RECORD = 16_384
_REGULAR = (b"100644", b"100755", b"100664")
_OPTIONS = (
    "--no-pager", "--no-replace-objects", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
    "-c", "safe.directory=*", "-c", "protocol.allow=never", "-c", "submodule.recurse=false",
)  # fmt: skip


@dataclass(frozen=True)
class Commit:
    """`git_dir` is the repository as git knows it, `id` the whole id of the commit."""

    git_dir: Path
    repository: Path
    ref: str
    id: str


@dataclass(frozen=True)
class _Blob:
    name: bytes
    id: bytes
    size: int


def find(repository: Path, ref: str) -> Commit:
    """The commit that `ref` names in the folder `repository`. Raises PushmarkError when there is none."""
    git_dir = repository / ".git" if (repository / ".git").exists() else repository
    if git_dir == repository and not (repository / "objects").is_dir():
        raise PushmarkError(
            f"{repository}: not a git repository", "give REPO@REF with the path of a clone, or a folder"
        )
    git_dir = git_dir.absolute()
    asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"]
    found = process.run(_git(git_dir, *asked), env=_environment(), timeout=_SECONDS, check=False)
    commit = found.stdout.strip()
    if found.returncode != 0 or len(commit) not in (40, 64):
        raise PushmarkError(
            f"{repository}@{ref}: no such commit", f"choose a branch, tag or commit: git -C {repository} show-ref"
        )
    return Commit(git_dir, repository, ref, commit)


def extract(commit: Commit, target: Path) -> None:
    """Write the commit's regular files below the empty folder `target`.

    Links, submodules, and folders that no submission has are left out. Raises PushmarkError for a commit that
    is damaged or holds more than a submission may.
    """
    blobs = list(_blobs(commit))
    try:
        with process.piped(_git(commit.git_dir, "cat-file", "--batch"), env=_environment(), seconds=_SECONDS) as git:
            assert git.stdin is not None
            assert git.stdout is not None
            for blob in blobs:
                git.stdin.write(blob.id + b"\n")
                git.stdin.flush()
                _write(commit, target, blob, _content(commit, blob, git.stdout))
    except OSError as error:
        raise _damaged(commit, error.strerror or "git ended") from None


def _git(git_dir: Path, *arguments: str) -> list[str]:
    return ["git", f"--git-dir={git_dir}", *_OPTIONS, *arguments]


def _environment() -> dict[str, str]:
    """Nobody's configuration but the repository's own, of which nothing runs; no transport is allowed."""
    return {
        "PATH": os.pathsep.join(os.get_exec_path()),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }


def _blobs(commit: Commit) -> Iterator[_Blob]:
    """The regular files of the commit that a submission may have."""
    listing = _git(commit.git_dir, "ls-tree", "-r", "-z", "-l", "--full-tree", commit.id)
    seen = total = 0
    with process.piped(listing, env=_environment(), seconds=_SECONDS) as git:
        assert git.stdout is not None
        for record in _records(commit, git.stdout):
            about, _, name = record.partition(b"\t")
            mode, _, blob, size = (about.split() + [b""] * 4)[:4]
            seen += 1
            if seen > MOST_FILES:
                raise _too_large(commit, f"more than {MOST_FILES:,} files")
            if mode not in _REGULAR or not _is_wanted(name):
                continue
            if not size.isdigit():
                raise _damaged(commit, f"{os.fsdecode(name)!r} is missing")
            total += int(size)
            if total > MOST_BYTES:
                raise _too_large(commit, f"more than {MOST_BYTES >> 20} MiB")
            yield _Blob(name, blob, int(size))
        if git.wait() != 0:
            raise _damaged(commit, "git cannot list it")


def _records(commit: Commit, stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while chunk := os.read(stream.fileno(), 1 << 16):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
        if len(rest) > _LONGEST_RECORD:
            raise _damaged(commit, "a name is too long")


def _is_wanted(name: bytes) -> bool:
    """Whether a name stays below the target and is not in a folder that tools make."""
    parts = name.split(b"/")
    safe = all(part not in (b"", b".", b"..") and part.lower() != b".git" for part in parts)
    return safe and len(parts) <= MAX_DEPTH and not SKIPPED_FOLDERS.intersection(map(os.fsdecode, parts))


def _content(commit: Commit, blob: _Blob, stream: IO[bytes]) -> bytes:
    header = stream.readline(1024).split()
    if header[1:] != [b"blob", b"%d" % blob.size]:
        raise _damaged(commit, f"{os.fsdecode(blob.name)!r} cannot be read")
    content = stream.read(blob.size)
    if len(content) != blob.size or stream.read(1) != b"\n":
        raise _damaged(commit, f"{os.fsdecode(blob.name)!r} ends early")
    return content


def _write(commit: Commit, target: Path, blob: _Blob, content: bytes) -> None:
    path = target / os.fsdecode(blob.name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    except OSError as error:  # a name that is too long or there twice, a full disk
        raise _damaged(commit, f"{os.fsdecode(blob.name)!r} cannot be written: {error.strerror}") from None


def _named(commit: Commit) -> str:
    return f"{commit.repository}@{commit.ref}"


def _damaged(commit: Commit, why: str) -> PushmarkError:
    return PushmarkError(f"{_named(commit)}: {why}", f"see what is wrong with: git -C {commit.repository} fsck")


def _too_large(commit: Commit, why: str) -> PushmarkError:
    return PushmarkError(f"{_named(commit)}: {why}", "remove generated files from it, or track data with DVC")
