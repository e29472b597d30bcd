"""Keeps the results of a learner's stages from one attempt to the next, so that what did not change is not run again.

What is kept is DVC's run cache as a run in a worker left it: files under names that are hashes. Learner code can write
there, so a kept result is as good as its author's word, and no better; it is never read here, only copied, hashed and
sealed. The seal (HMAC-SHA256) covers every file and says for which lab, learner and toolchain it was made: files that
somebody moved or changed are no results.
"""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import shutil
import tempfile
from pathlib import Path

import msgspec

from pushmark_graders import atomic
from pushmark_graders.errors import PushmarkError
from pushmark_graders.worker import tree

KEPT = Path(".dvc", "kept")
MOST_MB = 256
"""What one learner's results of one lab may hold. What would be more is begun anew."""

_NAME = re.compile(
    r"files/md5/[0-9a-f]{2}/[0-9a-f]{30}(\.dir)?|runs/[0-9a-f]{2}/[0-9a-f]{64}/[0-9a-f]{64}"
    r"|logged/[0-9a-f]{64}\.db|undeclared"
)
_KEY, _MANIFEST, _FILES = "key", "manifest.json", "files"
_CHUNK = 1 << 20


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept: the SHA-256 of each file by its name, and the seal over that and over whose it is."""

    files: dict[str, str]
    seal: str


class Stages:
    """One learner's results of one lab in `folder`, which several learners may share.

    `lab` must change with everything of the lab that a stage may read, and `toolchain` with what runs it.
    """

    def __init__(self, folder: Path, *, lab: str, learner: str, toolchain: str) -> None:
        """Raises PushmarkError when the folder cannot be used."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._key = _key(folder / _KEY)
        except OSError as error:
            raise PushmarkError(
                f"{error.filename or folder}: {error.strerror}", "give a folder that only the grader may write to"
            ) from None
        self._whose = msgspec.json.encode([lab, learner, toolchain])
        self._place = folder / self._seal(b"place")[:32]

    def restore(self, folder: Path) -> None:
        """Put what is kept below `folder`; nothing, unless all of it is as it was sealed."""
        tree.remove(folder / KEPT)
        try:
            manifest = msgspec.json.decode((self._place / _MANIFEST).read_bytes(), type=Manifest)
            if not hmac.compare_digest(manifest.seal.encode(), self._seal(_encoded(manifest.files)).encode()):
                return
            for name, digest in manifest.files.items():
                (folder / KEPT / name).parent.mkdir(parents=True, exist_ok=True)
                if _copy(self._place / _FILES / name, folder / KEPT / name) != digest:
                    raise ValueError(name)
        except (OSError, ValueError, msgspec.DecodeError):
            tree.remove(folder / KEPT)

    def keep(self, folder: Path) -> None:
        """Take what a run left below `folder` out of it, and keep it in place of what was kept. Links are not kept.

        Raises PushmarkError when it cannot be written.
        """
        left = folder / KEPT
        if any(part.is_symlink() for part in (left.parent, left)) or not left.is_dir():
            return
        try:
            draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=self._place.parent))
            try:
                files = _take(left, draft / _FILES)
                manifest = Manifest(files=files, seal=self._seal(_encoded(files)))
                atomic.write(draft / _MANIFEST, msgspec.json.encode(manifest))
                _replace(self._place, draft)
            finally:
                tree.remove(draft)
        except OSError as error:
            raise PushmarkError(
                f"{error.filename or self._place}: {error.strerror}", "make room there, or grade without --stages"
            ) from None
        finally:
            tree.remove(left)

    def _seal(self, of: bytes) -> str:
        whose = hashlib.sha256(self._whose).digest()
        return hmac.new(self._key, whose + hashlib.sha256(of).digest(), hashlib.sha256).hexdigest()


def _encoded(files: dict[str, str]) -> bytes:
    return msgspec.json.encode(sorted(files.items()))


def _key(path: Path) -> bytes:
    """The folder's key, made on first use and readable for its owner alone. Raises OSError."""
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
    return path.read_bytes()


def _take(left: Path, target: Path) -> dict[str, str]:
    """Copy the files of a run cache from `left`, none if they are too large together; returns the hash of each."""
    target.mkdir()
    found = [Path(parent, name) for parent, _, names in os.walk(left) for name in names]
    files = {path.relative_to(left).as_posix(): path for path in found if not path.is_symlink()}
    files = {name: path for name, path in files.items() if _NAME.fullmatch(name)}
    if sum(path.stat().st_size for path in files.values()) > MOST_MB << 20:
        return {}
    for name in files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
    return {name: _copy(path, target / name) for name, path in files.items()}


def _copy(source: Path, target: Path) -> str:
    """Copy a regular file; returns its SHA-256."""
    digest = hashlib.sha256()
    with os.fdopen(os.open(source, os.O_RDONLY | os.O_NOFOLLOW), "rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            writer.write(chunk)
    return digest.hexdigest()


def _replace(place: Path, draft: Path) -> None:
    """Put `draft` where `place` is. Two at once: the last one wins, and a mixture has no seal."""
    old = Path(tempfile.mkdtemp(prefix=".old-", dir=place.parent))
    with contextlib.suppress(FileNotFoundError):
        place.rename(old / "was")
    draft.rename(place)
    shutil.rmtree(old)
