"""Fork servers that several commands share: each has a name in a folder that belongs to one user alone.

The name stands for the libraries, for the interpreter and for what is installed in it: a server that was
started before an upgrade is not found any more.
"""

import contextlib
import hashlib
import os
import socket
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pushmark_graders
from pushmark_graders.worker.surroundings import runtime_folders

_WAITING = 64


class Offer:
    """A listening socket under a name. The server holds it; this is the side that takes the name away again."""

    def __init__(self, listener: socket.socket, path: Path) -> None:
        self.listener = listener
        self._path = path
        self._number = path.stat().st_ino

    def withdraw(self) -> None:
        """Take the name away, unless a later offer has it by now. May be called twice."""
        with contextlib.suppress(OSError):
            if self._path.stat().st_ino == self._number:
                self._path.unlink()
            self._path.parent.rmdir()  # fails while others offer something


def find(libraries: Sequence[str]) -> socket.socket | None:
    """A connection to a server with exactly these libraries, if somebody offers one; it may still be importing them."""
    asker = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        with _opened_folder() as folder:
            asker.connect(f"/proc/self/fd/{folder}/{_name(libraries)}")
    except OSError:
        asker.close()
        return None
    return asker


def make(libraries: Sequence[str]) -> Offer | None:
    """A listening socket under the name of these libraries, in place of any that was there; None where none can be."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    name = _name(libraries)
    draft = f"{name}.{os.getpid()}"
    try:
        _folder().mkdir(mode=0o700, exist_ok=True)
        with _opened_folder() as folder:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=folder)
            listener.bind(f"/proc/self/fd/{folder}/{draft}")  # the folder's own path may be too long for a socket
            listener.listen(_WAITING)
            os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
        return Offer(listener, _folder() / name)
    except OSError:
        listener.close()
        return None


def _folder() -> Path:
    return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"pushmark-pools-{os.getuid()}"


@contextlib.contextmanager
def _opened_folder() -> Iterator[int]:
    """The folder of all names. Raises OSError when there is none, or when it is not this user's alone."""
    path = _folder()
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        found = os.fstat(folder)
        if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise PermissionError(f"{path} is not this user's alone")
        yield folder
    finally:
        os.close(folder)


def _name(libraries: Sequence[str]) -> str:
    """The same for every process that would start the same server now."""
    about = [sys.executable, sys.version, *sorted(set(libraries))]
    ours = Path(pushmark_graders.__file__).parent
    code = (file for part in ("worker", "frames") for file in sorted((ours / part).glob("*.py")))
    for path in (*map(Path, runtime_folders()), *code):
        with contextlib.suppress(OSError):
            about.append(f"{path} {path.stat().st_mtime_ns}")
    return hashlib.blake2b("\n".join(about).encode(), digest_size=12).hexdigest()
