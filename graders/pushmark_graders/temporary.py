"""Folders that last as long as a grading: what a killed grader leaves behind goes when the next one begins.

The owner of such a folder holds a lock on it, which the kernel takes back however the owner ends.
"""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pushmark_graders.worker import tree

_PREFIX = "pushmark-grading-"


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A new folder of this process's own, removed at the end; what killed graders of this user left goes at once."""
    sweep()
    with contextlib.ExitStack() as ending:
        made = _make(ending)
        ending.callback(tree.remove, made)
        yield made


def sweep() -> None:
    """Remove what graders of this user left that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), _held(left):
            tree.remove(left)


def _make(ending: contextlib.ExitStack) -> Path:
    while True:
        made = Path(tempfile.mkdtemp(prefix=_PREFIX))
        try:
            ending.enter_context(_held(made))
        except (BlockingIOError, FileNotFoundError):
            continue  # another's sweep was quicker than our lock
        except OSError:
            pass  # a disk without locks: no sweep takes anything there
        return made


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold the lock on a folder of this user.

    Raises BlockingIOError while somebody else does, and FileNotFoundError where it is not there any more.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = os.fstat(descriptor)
        if not os.path.samestat(found, path.lstat()):
            raise FileNotFoundError(path)
        if found.st_uid != os.getuid():
            raise PermissionError(path)
        yield
    finally:
        os.close(descriptor)
