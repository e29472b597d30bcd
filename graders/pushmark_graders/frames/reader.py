"""Reads a frame's header and buffers back into values, believing nothing the sender says.

A check author sees plain data or a `FrameError`, and nothing in between. `tree` describes the layout.
"""

from __future__ import annotations

import sys
from array import array

from pushmark_graders.frames.plain import FrameError, Handle, Limits
from pushmark_graders.frames.tree import ALIGNMENT, BY_OPERATION, COUNTS, DIGITS, is_key, specialist

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Number = TypeVar("Number", int, float)

# Python's hashes of numbers and tuples are not seeded, so a sender can pick keys that all share one; a dictionary of
# n such keys takes n * n / 2 comparisons. Honest keys share a hash by ones and twos.
SAME_HASH = 64
UNIQUE_BELOW = sys.hash_info.modulus
OPERANDS = 40  # of one type that one value can have: an array has up to 32 dimensions


class Reader:
    """Walks the streams of one header; each operand is asked for once, in order."""

    def __init__(self, header: bytes | bytearray, body: memoryview, limits: Limits, live_tensors: bool) -> None:
        view = memoryview(header)
        if len(view) < COUNTS.size:
            raise FrameError("the header is too short")
        ops, ints, floats, buffers, texts, text_bytes = COUNTS.unpack_from(view)
        if ops > limits.max_nodes:
            raise FrameError(f"more than {limits.max_nodes} values")
        if buffers > limits.max_buffers:
            raise FrameError(f"more than {limits.max_buffers} buffers")
        if max(ints, floats, texts) > OPERANDS * ops:
            raise FrameError("the header has more operands than its values can use")
        if COUNTS.size + 8 * ints + 8 * floats + 8 * buffers + 4 * texts + ops + text_bytes != len(view):
            raise FrameError("the header's streams do not add up to its length")
        streams = Streams(view[COUNTS.size :])
        ints_stream = streams.numbers(array("q"), ints)
        floats_stream = streams.numbers(array("d"), floats)
        sizes = streams.numbers(array("Q"), buffers)
        lengths = streams.numbers(array("I"), texts)
        if sum(lengths) != text_bytes:
            raise FrameError("the header's text does not add up to its length")
        self._ops = iter(bytes(streams.take(ops)))
        self._ints = iter(ints_stream)
        self._floats = iter(floats_stream)
        self._lengths = iter(lengths)
        self._buffers = iter(cut(body, sizes))
        self._text = streams.take(text_bytes)
        self._text_at = 0
        self.int = self._ints.__next__
        self.float = self._floats.__next__
        self.buffer = self._buffers.__next__
        self.values = int(ops)
        self.limits = limits
        self.live_tensors = live_tensors
        self.depth = 0

    def value(self) -> object:
        """Build the next value and everything in it."""
        op = next(self._ops)
        read = READERS.get(op)
        if read is None:
            read = specialist(BY_OPERATION[op]).READERS[op] if op in BY_OPERATION else unknown
        return read(self)

    def whole(self) -> object:
        """Build the one value of the frame, and refuse anything left over."""
        try:
            value = self.value()
        except StopIteration:
            raise FrameError("the header ends inside a value") from None
        streams = (self._ops, self._ints, self._floats, self._lengths, self._buffers)
        if any(next(iterator, None) is not None for iterator in streams):
            raise FrameError("the header goes on after its value")
        return value

    def kind(self) -> int:
        """Return the next operation byte, for a reader that tells its own parts apart."""
        return next(self._ops)

    def count(self) -> int:
        """Return a number of items, which cannot exceed the number of values in the frame."""
        count = self.int()
        if not 0 <= count <= self.values:
            raise FrameError("a container claims more items than the frame holds")
        return count

    def raw(self) -> memoryview:
        """Return the bytes of the next text operand."""
        start = self._text_at
        self._text_at = end = start + next(self._lengths)
        return self._text[start:end]

    def text(self) -> str:
        """Return the next text operand."""
        try:
            return str(self.raw(), "utf-8")
        except UnicodeDecodeError:
            raise FrameError("text is not UTF-8") from None

    def enter(self) -> None:
        """Step into a container; the caller steps out with `depth -= 1`."""
        self.depth += 1
        if self.depth > self.limits.max_depth:
            raise FrameError(f"nested deeper than {self.limits.max_depth}")


class Streams:
    """Takes the streams of a header off its front, one after another."""

    def __init__(self, view: memoryview) -> None:
        self._rest = view

    def take(self, size: int) -> memoryview:
        """Take the next `size` bytes."""
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def numbers(self, empty: array[Number], count: int) -> array[Number]:
        """Take the next `count` numbers, of the type of the empty array."""
        empty.frombytes(self.take(count * empty.itemsize))
        if sys.byteorder != "little":
            empty.byteswap()
        return empty


def cut(body: memoryview, sizes: array[int]) -> list[memoryview]:
    """Cut the body into its buffers, each padded with zeros to `ALIGNMENT`."""
    buffers = []
    at = 0
    for size in sizes:
        end = at + size
        padded = end + -end % ALIGNMENT
        if padded > len(body) or any(body[end:padded]):
            raise FrameError("the buffers do not fit the body")
        buffers.append(body[at:end])
        at = padded
    if at != len(body):
        raise FrameError("the body goes on after its buffers")
    return buffers


class Keys:
    """Admits the keys of one dictionary or set."""

    def __init__(self) -> None:
        self._hashes: dict[int, int] = {}

    def admit(self, key: object) -> None:
        """Refuse a key that cannot be one, or that slows every look-up down."""
        kind = type(key)
        if kind is str or kind is bytes or (isinstance(key, int) and -UNIQUE_BELOW < key < UNIQUE_BELOW):
            return
        if not is_key(key):
            raise FrameError(f"a {kind.__name__} as a key")
        same = self._hashes.get(hash(key), 0) + 1
        if same > SAME_HASH:
            raise FrameError("keys chosen to share one hash")
        self._hashes[hash(key)] = same


def unknown(_reader: Reader) -> object:
    """Refuse an operation that no module reads."""
    raise FrameError("an unknown kind of value")


def _read_big_int(reader: Reader) -> int:
    digits = reader.text()
    magnitude = digits.removeprefix("-")
    if not (magnitude.isascii() and magnitude.isdigit() and len(magnitude) <= DIGITS):
        raise FrameError("an int is not written in decimal digits")
    return int(digits)


def _read_list(reader: Reader) -> list[object]:
    reader.enter()
    items = [reader.value() for _ in range(reader.count())]
    reader.depth -= 1
    return items


def _read_set(reader: Reader) -> set[object]:
    reader.enter()
    keys = Keys()
    members: set[object] = set()
    for _ in range(reader.count()):
        member = reader.value()
        keys.admit(member)
        if member in members:
            raise FrameError("a set holds a member twice")
        members.add(member)
    reader.depth -= 1
    return members


def _read_dict(reader: Reader) -> dict[object, object]:
    reader.enter()
    keys = Keys()
    items: dict[object, object] = {}
    for _ in range(reader.count()):
        key = reader.value()
        keys.admit(key)
        if key in items:
            raise FrameError("a dictionary holds a key twice")
        items[key] = reader.value()
    reader.depth -= 1
    return items


def _read_handle(reader: Reader) -> Handle:
    number, flag, name = reader.int(), reader.int(), reader.text()
    if flag not in (0, 1) or len(name) > 200:
        raise FrameError("a handle is malformed")
    return Handle(number, name, bool(flag))


READERS: dict[int, Callable[[Reader], object]] = {
    ord("n"): lambda _: None,
    ord("t"): lambda _: True,
    ord("f"): lambda _: False,
    ord("i"): lambda reader: reader.int(),
    ord("I"): _read_big_int,
    ord("d"): lambda reader: reader.float(),
    ord("c"): lambda reader: complex(reader.float(), reader.float()),
    ord("s"): Reader.text,
    ord("b"): lambda reader: bytes(reader.raw()),
    ord("B"): lambda reader: bytes(reader.buffer()),
    ord("l"): _read_list,
    ord("u"): lambda reader: tuple(_read_list(reader)),
    ord("e"): _read_set,
    ord("z"): lambda reader: frozenset(_read_set(reader)),
    ord("m"): _read_dict,
    ord("h"): _read_handle,
}
