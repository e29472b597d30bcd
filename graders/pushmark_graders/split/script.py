"""The questions of a lab and the answers of a submission, as files of frames.

A question is named by its place: the scene (one kind of worker: the hidden checks, or a metric), the act (one check in
it) and its number there. An answer to a question carries the question's digest: whoever asks something else later
finds no answer, and never a wrong one.
"""

import contextlib
import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple, cast

import msgspec

from pushmark_graders import frames
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.frames.wire import PREFIX

Kind = Literal["import", "call", "http"]
MOST_BYTES = 2 << 30
"""Of a whole file of answers."""
MOST_ANSWERS = 200_000
_PLACES_IN_ACT = 1_000_000
_SMALL = frames.Limits(max_bytes=1 << 16)


class Place(NamedTuple):
    """Where a question stands."""

    scene: str
    act: int
    at: int

    @property
    def number(self) -> int:
        """The place within its scene as one number, by which later questions call what this one gave."""
        return self.act * _PLACES_IN_ACT + self.at


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Something asked of a submission. Handles in it are numbers of earlier questions: what these gave is meant.

    `fresh` says that the worker is a new one from here on. For `http`, `on` is the app, `name` the method, and `args`
    the path and the body.
    """

    place: Place
    kind: Kind
    operation: str = ""
    on: Any = ""
    name: str = ""
    args: Any = ()
    kwargs: Any = None
    label: str = ""
    fresh: bool = False

    def plain(self) -> dict[str, Any]:
        """Itself as what travels in a frame."""
        told = {field: getattr(self, field) for field in self.__struct_fields__}
        return told | {"place": list(self.place), "args": list(self.args), "kwargs": self.kwargs or {}}


def digest(question: Question, limits: frames.Limits) -> str:
    """What tells questions apart: all of one but how it is called in messages. Raises frames.FrameError, NotPlain."""
    plain = question.plain()
    told = [plain[field] for field in ("place", "kind", "operation", "on", "name", "args", "kwargs")]
    found = hashlib.sha256()
    for chunk in frames.encode(told, limits):
        found.update(chunk)
    return found.hexdigest()


class Writer:
    """Writes frames one after the other."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, message: object, limits: frames.Limits) -> None:
        """Raises frames.FrameError and frames.NotPlain before anything is written."""
        for chunk in frames.encode(message, limits):
            self._file.write(chunk)


@contextlib.contextmanager
def written(path: Path) -> Iterator[Writer]:
    """A new file of questions, compressed: it goes from us to the machine that answers. Equal ones make equal files."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
        yield Writer(cast("IO[bytes]", file))


class Questions:
    """A file of questions to read."""

    def __init__(self, path: Path, limits: frames.Limits) -> None:
        self._path = path
        self._limits = limits

    def __iter__(self) -> Iterator[Question]:
        """In order. Raises CouldNotGrade for a file that is damaged."""
        try:
            with gzip.open(self._path) as file:
                while (told := _read(cast("IO[bytes]", file), self._limits)) is not None:
                    plain = cast("dict[str, Any]", told)
                    yield Question(**{**plain, "place": Place(*plain["place"])})
        except (OSError, EOFError, frames.FrameError, TypeError, KeyError) as error:
            raise CouldNotGrade(f"{self._path}: no file of questions: {error}", "build the course again") from None


def write_answer(writer: Writer, place: Place, found: str, reply: object, limits: frames.Limits) -> None:
    """Write the answer to the question of this digest at a place. Raises as `Writer.write` does."""
    frames.encode(reply, limits)
    writer.write({"place": list(place), "digest": found}, _SMALL)
    writer.write(reply, limits)


class Answers:
    """A file of answers that a machine with learner code on it wrote: plain data, read strictly and one by one."""

    def __init__(self, file: IO[bytes], limits: frames.Limits) -> None:
        """The file stands before its first answer. Raises CouldNotGrade for what is no file of answers."""
        self._file = file
        self._limits = limits
        self._at: dict[tuple[str, int, int], tuple[str, int]] = {}
        start = file.tell()
        size = file.seek(0, 2)
        file.seek(start)
        try:
            if size > MOST_BYTES:
                raise frames.FrameError("too many bytes")
            while (head := _read(file, _SMALL)) is not None:
                place, told = _head(head)
                self._at.setdefault(place, (told, file.tell()))
                _skip(file, limits)
                if len(self._at) > MOST_ANSWERS:
                    raise frames.FrameError("too many answers")
                if file.tell() > size:
                    raise EOFError("it ends inside a frame")
        except (EOFError, frames.FrameError) as error:
            raise CouldNotGrade(f"the answers cannot be read: {error}", "grade it again") from None

    def get(self, place: Place, wanted: str) -> Any:
        """The answer to the question of this digest, or None when there is none. Raises frames.FrameError."""
        told, offset = self._at.get((place.scene, place.act, place.at), ("", 0))
        if told != wanted:
            return None
        self._file.seek(offset)
        return _read(self._file, self._limits)


def _head(told: object) -> tuple[tuple[str, int, int], str]:
    if type(told) is not dict or set(told) != {"place", "digest"}:
        raise frames.FrameError("not an answer")
    place, found = told["place"], told["digest"]
    if type(place) is not list or [type(part) for part in place] != [str, int, int] or type(found) is not str:
        raise frames.FrameError("not an answer's place")
    return (place[0], place[1], place[2]), found


def read_message(file: IO[bytes], limits: frames.Limits) -> object:
    """The next frame. Raises CouldNotGrade where there is none."""
    try:
        told = _read(file, limits)
    except (EOFError, frames.FrameError) as error:
        raise CouldNotGrade(f"the answers cannot be read: {error}", "grade it again") from None
    if told is None:
        raise CouldNotGrade("the answers are empty", "grade it again")
    return told


def _sizes(file: IO[bytes], limits: frames.Limits) -> tuple[int, int] | None:
    head = file.read(PREFIX.size)
    if not head:
        return None
    if len(head) < PREFIX.size:
        raise EOFError("it ends inside a frame")
    magic, header, body = PREFIX.unpack(head)
    if magic != frames.MAGIC:
        raise frames.FrameError("not a frame")
    if header + body > limits.max_bytes:
        raise frames.FrameError(f"more than {limits.max_bytes} bytes")
    return header, body


def _read(file: IO[bytes], limits: frames.Limits) -> object | None:
    sizes = _sizes(file, limits)
    if sizes is None:
        return None
    header, body = file.read(sizes[0]), bytearray(file.read(sizes[1]))
    if len(header) < sizes[0] or len(body) < sizes[1]:
        raise EOFError("it ends inside a frame")
    return frames.decode(header, body, limits)


def _skip(file: IO[bytes], limits: frames.Limits) -> None:
    sizes = _sizes(file, limits)
    if sizes is None:
        raise EOFError("an answer is missing")
    file.seek(sum(sizes), 1)
