"""Columns of strings in a frame: offsets, one UTF-8 buffer, and a byte per missing value.

The layout is Arrow's (https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-layout), so a pandas
`str` column of 300,000 rows crosses without touching a single Python string; but every offset is checked here first,
and Arrow never parses anything that a worker sent.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pushmark_graders.frames.arrays import Array, build, raw, read_shape
from pushmark_graders.frames.plain import FrameError, Limits, NotPlain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushmark_graders.frames.reader import Reader
    from pushmark_graders.frames.tree import Writer

PRESENT, NONE, NAN = 0, 1, 2
OFFSET = np.dtype("<i8")


class Strings(NamedTuple):
    """A column of strings. `missing` has a byte for each row, or none at all when every row is present."""

    offsets: NDArray[np.int64]
    data: memoryview
    missing: NDArray[np.uint8]


def pack(values: list[object], limits: Limits) -> Strings:
    """Pack strings, None and NaN, or raise `NotPlain` for anything else; each of them counts as a value."""
    check_rows(len(values), limits)
    missing = np.empty(0, np.uint8)
    kinds = set(map(type, values))
    if kinds - {str}:
        missing = np.fromiter(map(_missing, values), np.uint8, len(values))
        values = [value if type(value) is str else "" for value in values]
    texts: list[str] = values  # type: ignore[assignment]  # `_missing` refused everything else
    try:
        data = "".join(texts).encode()
        sizes = map(len, texts if data.isascii() else [text.encode() for text in texts])
    except UnicodeEncodeError:
        raise NotPlain("str with a lone surrogate") from None
    offsets = np.zeros(len(texts) + 1, OFFSET)
    np.cumsum(np.fromiter(sizes, np.int64, len(texts)), out=offsets[1:])
    return Strings(offsets, memoryview(data), missing)


def _missing(value: object) -> int:
    if type(value) is str:
        return PRESENT
    if value is None:
        return NONE
    if type(value) is float and value != value:  # noqa: PLR0124 - NaN is not equal to itself
        return NAN
    raise NotPlain(f"{type(value).__name__} in an object array")


def check_rows(rows: int, limits: Limits) -> None:
    """Refuse more rows than may become Python objects, which take several times the bytes that travel."""
    if rows > limits.max_nodes:
        raise FrameError(f"a column of more than {limits.max_nodes} Python strings")


def unpack(strings: Strings, limits: Limits) -> list[object]:
    """Return the column as a list of Python's own objects."""
    check_rows(len(strings.offsets) - 1, limits)
    bounds = strings.offsets.tolist()
    data = bytes(strings.data)
    if data.isascii():
        text = data.decode("ascii")
        values: list[object] = [text[start:end] for start, end in pairwise(bounds)]
    else:
        values = [data[start:end].decode() for start, end in pairwise(bounds)]
    for row in np.flatnonzero(strings.missing).tolist():
        values[row] = None if strings.missing[row] == NONE else float("nan")
    return values


def write_strings(writer: Writer, strings: Strings) -> None:
    """Write the column as three buffers."""
    writer.ints.append(len(strings.offsets) - 1)
    writer.buffer(raw(strings.offsets))
    writer.buffer(strings.data)
    writer.buffer(raw(strings.missing))


def read_strings(reader: Reader) -> Strings:
    """Read a column whose every offset, byte and missing mark has been checked."""
    rows = reader.int()
    if not 0 <= rows <= reader.limits.max_bytes:
        raise FrameError("a string column is out of bounds")
    offsets = build(OFFSET, (rows + 1,), reader.buffer()).view(np.int64)
    data = reader.buffer()
    marks = reader.buffer()
    missing = np.frombuffer(marks, np.uint8) if len(marks) else np.empty(0, np.uint8)
    if len(missing) not in (0, rows) or (len(missing) and missing.max() > NAN):
        raise FrameError("a string column's missing marks are malformed")
    if offsets[0] != 0 or offsets[-1] != len(data) or (offsets[1:] < offsets[:-1]).any():
        raise FrameError("a string column's offsets are out of order")
    check_utf8(offsets, data)
    return Strings(offsets, data, missing)


def check_utf8(offsets: NDArray[np.int64], data: memoryview) -> None:
    """Refuse text that is not UTF-8, and rows that begin inside a character."""
    whole = bytes(data)
    if whole.isascii():
        return
    try:
        whole.decode()
    except UnicodeDecodeError:
        raise FrameError("a string column is not UTF-8") from None
    starts = offsets[offsets < len(data)]
    if ((np.frombuffer(data, np.uint8)[starts] & 0xC0) == 0x80).any():
        raise FrameError("a string column cuts a character in two")


def write(writer: Writer, value: object) -> bool:
    """Write an object array that holds only strings, None and NaN."""
    if not isinstance(value, np.ndarray):
        return False
    writer.ops += b"O"
    writer.ints.append(value.ndim)
    writer.ints.extend(value.shape)
    write_strings(writer, pack(value.reshape(-1).tolist(), writer.limits))
    return True


def read(reader: Reader) -> Array:
    """Read an object array of strings, None and NaN."""
    shape = read_shape(reader)
    values = unpack(read_strings(reader), reader.limits)
    array = np.empty(len(values), object)
    array[:] = values
    return array.reshape(shape)


READERS: dict[int, Callable[[Reader], object]] = {ord("O"): read}
