"""One value for all of a submission that its report depends on, so that the same work need not be graded twice."""

import hashlib
import os
import stat
from pathlib import Path

from pushmark_graders.lab.spec import SubmissionSpec
from pushmark_graders.submission import intake

_CHUNK = 1 << 20


def fingerprint(spec: SubmissionSpec, base: Path, submission: Path) -> bytes:
    """A hash of the names, sizes and kinds of the files of `submission`, and of each content that grading reads.

    That is what `intake.take` looks at: the editable files, and those that `base` (the lab's template) has too.
    So data that a learner leaves behind is not read. Raises OSError.
    """
    digest = hashlib.blake2b(digest_size=32)
    flags: list[str] = []
    for name, size in intake.files(submission, flags):
        is_read = size <= spec.max_bytes if intake.is_editable(name, spec) else size == _size(base / name)
        _add(digest, os.fsencode(name), b"%d" % size, _content(submission / name) if is_read else b"")
    for flag in flags:
        _add(digest, os.fsencode(flag))
    return digest.digest()


def _add(digest: "hashlib.blake2b", *parts: bytes) -> None:
    for part in (b"%d" % len(parts), *parts):
        digest.update(len(part).to_bytes(8, "little") + part)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else -1
    except OSError:
        return -1


def _content(path: Path) -> bytes:
    digest = hashlib.blake2b(digest_size=32)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as reader:
        if not stat.S_ISREG(os.fstat(reader.fileno()).st_mode):
            raise OSError(0, "changed while it was read", str(path))
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
    return digest.digest()
