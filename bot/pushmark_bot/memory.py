"""What the bot published last, so that the next time takes two requests instead of three.

`--state FILE` keeps the ids of the comment and the check run for each pull request and lab. Ids come
from nowhere else: a learner can write comments, but not this file. Without it the bot looks first.
"""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
from pushmark_graders.errors import PushmarkError

from pushmark_bot.comment import Scores


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on GitHub for one lab on one pull request. Digests say whether it is still right."""

    comment: int
    body: str
    scores: Scores = Scores()
    check_run: int = 0
    sha: str = ""
    external_id: str = ""
    annotations: str = ""


class Book(msgspec.Struct):
    """The file's content."""

    schema: Literal["pushmark/published/v1"] = "pushmark/published/v1"
    published: dict[str, Published] = {}


class Memory:
    """The state file while one publisher holds it. Without a path it forgets everything."""

    def __init__(self, path: Path | None, book: Book) -> None:
        self._path = path
        self._book = book

    def recall(self, key: str) -> Published | None:
        """Return what was published under this key."""
        return self._book.published.get(key)

    def keep(self, key: str, published: Published) -> None:
        """Write down what now stands on GitHub, at once: the next step may fail."""
        self._book.published[key] = published
        if self._path is not None:
            _replace(self._path, msgspec.json.format(msgspec.json.encode(self._book), indent=1))


@contextlib.contextmanager
def opened(path: Path | None) -> Iterator[Memory]:
    """Hold the state file; a second publisher with the same file waits, as GitHub asks writers to."""
    if path is None:
        yield Memory(None, Book())
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(f"{path.name}.lock").open("w")
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Memory(path, _read(path))


def _read(path: Path) -> Book:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Book)
    except FileNotFoundError:
        return Book()
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    except msgspec.DecodeError as error:
        raise _unusable(path, f"it is no state file of this version ({error})") from error


def _unusable(path: Path, why: str) -> PushmarkError:
    step = "Name another file, or delete this one: the bot then looks for its comments again."
    return PushmarkError(f"Cannot use the state file {path}: {why}.", step)


def _replace(path: Path, content: bytes) -> None:
    """Write the file whole or not at all."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        Path(new.name).replace(path)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
