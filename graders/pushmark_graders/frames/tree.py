"""The value tree of a frame: Python's own plain types, written as four flat streams and read back under limits.

A header holds one operation byte per value, and the operands of all operations in streams of their own:

    counts  | integers (i64) | floats (f64) | buffer sizes (u64) | text sizes (u32) | operations (u8) | text

There is nothing to parse that could claim more than it brings: the number of values is the length of the operations,
known before the first one is built; a container that claims more items than there are operations left is refused; and
every stream must be used up exactly. Arrays and tables add buffers, which follow the header as raw bytes.

Learner code runs in the process that encodes, so nothing rests on the encoder. The decoder builds only types listed
here and in `arrays`, `moments`, `tables`, `arrow` and `tensors`, which are imported when such a value is met.
"""

from __future__ import annotations

import importlib
import struct
import sys
from array import array

from pushmark_graders.frames.plain import FrameError, Handle, Limits, NotPlain, Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from pushmark_graders.frames.reader import Reader

    class Specialist(Protocol):
        """A module that knows one library's types."""

        READERS: dict[int, Callable[[Reader], object]]

        def write(self, writer: Writer, value: object) -> bool:
            """Write the value, or return False when it is none of the types that travel."""


COUNTS = struct.Struct("<IIIIIQ")
ALIGNMENT = 16
DIGITS = (
    4300  # what CPython itself reads by default: https://docs.python.org/3/library/stdtypes.html#int-max-str-digits
)
BLOB = 64 * 1024  # bytes from here on travel as a buffer, which is not copied into the header
BUILTIN_KEYS = (str, int, bytes, bool, float, complex, type(None))

# Which module writes the types of a library, and which one reads an operation.
BY_LIBRARY = {"datetime": "moments", "numpy": "arrays", "pandas": "tables", "pyarrow": "arrow", "torch": "tensors"}
BY_OPERATION = {
    **dict.fromkeys(b"ywk", "moments"),
    **dict.fromkeys(b"AGU", "arrays"),
    **dict.fromkeys(b"O", "strings"),
    **dict.fromkeys(b"DSXEPQVv", "tables"),
    **dict.fromkeys(b"W", "arrow"),
    **dict.fromkeys(b"T", "tensors"),
}


def specialist(name: str) -> Specialist:
    """Import the module for a library's types: numpy alone costs 60 ms, and most answers need none of them."""
    module: Specialist = importlib.import_module(f"pushmark_graders.frames.{name}")
    return module


class Writer:
    """Collects the streams of one header, and the buffers that follow it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.ops = bytearray()
        self.ints = array("q")
        self.floats = array("d")
        self.texts: list[bytes] = []
        self.buffers: list[memoryview] = []
        self.depth = 0

    def value(self, value: object) -> None:
        """Write one value and everything in it."""
        if len(self.ops) >= self.limits.max_nodes:
            raise FrameError(f"more than {self.limits.max_nodes} values")
        kind = type(value)
        write = WRITERS.get(kind)
        if write is not None:
            write(self, value)
            return
        library = kind.__module__.partition(".")[0]
        name = BY_LIBRARY.get(library) if library in sys.modules else None
        if name is None or not specialist(name).write(self, value):
            raise NotPlain(type_name(kind))

    def text(self, text: str) -> None:
        """Append a string operand."""
        try:
            self.texts.append(text.encode())
        except UnicodeEncodeError:
            raise NotPlain("str with a lone surrogate") from None

    def buffer(self, data: memoryview) -> None:
        """Append a buffer; the reader meets the buffers in the same order."""
        if len(self.buffers) >= self.limits.max_buffers:
            raise FrameError(f"more than {self.limits.max_buffers} buffers")
        self.buffers.append(data)

    def enter(self) -> None:
        """Step into a container; the caller steps out with `depth -= 1`."""
        self.depth += 1
        if self.depth > self.limits.max_depth:
            raise FrameError(f"nested deeper than {self.limits.max_depth}")

    def header(self) -> bytes:
        """Return the finished header."""
        text_bytes = sum(map(len, self.texts))
        if text_bytes > self.limits.max_bytes:
            raise FrameError(f"more than {self.limits.max_bytes} bytes")
        sizes = [len(data) for data in self.buffers]
        lengths = [len(data) for data in self.texts]
        counts = (len(self.ops), len(self.ints), len(self.floats), len(sizes), len(lengths), text_bytes)
        streams = [little_endian(self.ints), little_endian(self.floats), little_endian(array("Q", sizes))]
        streams += [little_endian(array("I", lengths)), bytes(self.ops), *self.texts]
        return b"".join([COUNTS.pack(*counts), *streams])


def is_key(key: object) -> bool:
    """Tell whether a value may be a dictionary key or a member of a set: hashable, and equal to itself."""
    kind = type(key)
    if kind in BUILTIN_KEYS:
        return key == key  # noqa: PLR0124 - NaN is not
    if isinstance(key, tuple | frozenset):
        return kind in (tuple, frozenset) and all(map(is_key, key))
    library = kind.__module__.partition(".")[0]
    if library in ("datetime", "numpy") or kind.__name__ in ("Timestamp", "Timedelta"):
        return kind.__hash__ is not None and bool(key == key)  # noqa: PLR0124 - NaN and NaT are not
    return False


def little_endian(stream: array[int] | array[float]) -> bytes:
    """Return the stream's bytes as they travel."""
    if sys.byteorder != "little":
        stream.byteswap()
    return stream.tobytes()


def type_name(kind: type) -> str:
    """Return `module.Name`, or the bare name of a builtin, cut to a readable length."""
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return name[:200]


def _write_none(writer: Writer, _value: None) -> None:
    writer.ops += b"n"


def _write_bool(writer: Writer, value: bool) -> None:
    writer.ops += b"t" if value else b"f"


def _write_int(writer: Writer, value: int) -> None:
    if -(2**63) <= value < 2**63:
        writer.ops += b"i"
        writer.ints.append(value)
        return
    try:
        digits = str(value) if value.bit_length() < 4 * DIGITS else ""
    except ValueError:  # more digits than the interpreter writes
        digits = ""
    if not 0 < len(digits.lstrip("-")) <= DIGITS:
        raise NotPlain(f"int of more than {DIGITS} digits")
    writer.ops += b"I"
    writer.text(digits)


def _write_float(writer: Writer, value: float) -> None:
    writer.ops += b"d"
    writer.floats.append(value)


def _write_complex(writer: Writer, value: complex) -> None:
    writer.ops += b"c"
    writer.floats.append(value.real)
    writer.floats.append(value.imag)


def _write_str(writer: Writer, value: str) -> None:
    writer.ops += b"s"
    writer.text(value)


def _write_bytes(writer: Writer, value: bytes) -> None:
    if len(value) >= BLOB:
        writer.ops += b"B"
        writer.buffer(memoryview(value))
    else:
        writer.ops += b"b"
        writer.texts.append(value)


def _write_list(writer: Writer, value: list[object] | tuple[object, ...]) -> None:
    writer.ops += b"l" if type(value) is list else b"u"
    writer.ints.append(len(value))
    writer.enter()
    step = 0
    try:
        for item in value:
            writer.value(item)
            step += 1
    except NotPlain as refusal:
        raise refusal.inside(f"[{step}]") from None
    writer.depth -= 1


def _write_set(writer: Writer, value: set[object] | frozenset[object]) -> None:
    writer.ops += b"e" if type(value) is set else b"z"
    writer.ints.append(len(value))
    writer.enter()
    for item in value:
        _write_key(writer, item)
    writer.depth -= 1


def _write_dict(writer: Writer, value: dict[object, object]) -> None:
    writer.ops += b"m"
    writer.ints.append(len(value))
    writer.enter()
    for key, item in value.items():
        _write_key(writer, key)
        try:
            writer.value(item)
        except NotPlain as refusal:
            raise refusal.inside(f"[{key!r:.60}]") from None
    writer.depth -= 1


def _write_key(writer: Writer, key: object) -> None:
    if not is_key(key):
        raise NotPlain(f"{type_name(type(key))} as a key")
    try:
        writer.value(key)
    except NotPlain as refusal:
        raise NotPlain(f"{refusal.type_name} as a key") from None


def _write_handle(writer: Writer, value: Handle) -> None:
    writer.ops += b"h"
    writer.ints.append(value.id)
    writer.ints.append(1 if value.callable else 0)
    writer.text(value.type_name[:200])


def _write_tensor(writer: Writer, value: Tensor) -> None:
    specialist("tensors").write(writer, value)


WRITERS: dict[type, Callable[[Writer, Any], None]] = {
    type(None): _write_none,
    bool: _write_bool,
    int: _write_int,
    float: _write_float,
    complex: _write_complex,
    str: _write_str,
    bytes: _write_bytes,
    list: _write_list,
    tuple: _write_list,
    set: _write_set,
    frozenset: _write_set,
    dict: _write_dict,
    Handle: _write_handle,
    Tensor: _write_tensor,
}
