"""Makes files that were not there: as a whole, for this user alone, and never in the place of another.

After a crash or on a full disk there is the whole file or none; a killed process leaves a draft, `.NAME.*`, behind.
"""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pushmark_graders.errors import PushmarkError

OWNER_ONLY = 0o600
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK}


@contextlib.contextmanager
def made(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes its name at the end of the block, when all of it is on disk.

    Raises PushmarkError when the name is taken or the disk refuses; the draft is gone then.
    """
    require_free(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(draft, "xb", opener=_private) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _name(draft, path)
        _sync(path.parent)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        what = f"{path}: cannot be written: {error.strerror or error}"
        raise PushmarkError(what, "make its folder, writable for this user and with room; no part was left") from None
    finally:
        draft.unlink(missing_ok=True)


def write(path: Path, content: bytes) -> None:
    """Make a file with this content. Raises PushmarkError."""
    with made(path) as file:
        file.write(content)


def require_free(path: Path) -> None:
    """Raises PushmarkError when there is something of this name."""
    if os.path.lexists(path):
        raise _taken(path)


def _private(path: str, flags: int) -> int:
    """Open for this user alone, from the first moment on."""
    return os.open(path, flags, OWNER_ONLY)


def _name(draft: Path, path: Path) -> None:
    """Give the draft its name; unlike a rename, a link never takes the place of a file that came meanwhile."""
    try:
        os.link(draft, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        require_free(path)  # a file system without links: the best that there is
        draft.rename(path)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _taken(path: Path) -> PushmarkError:
    return PushmarkError(f"{path}: there is a file of this name", "choose another name, or move that one away first")
