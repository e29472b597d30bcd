"""numpy arrays and scalars in a frame: allow-listed dtypes, declared shapes, checked bytes.

Object arrays do not travel, except those that hold only strings, None and NaN, which travel as strings.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pushmark_graders.frames.plain import FrameError, NotPlain
from pushmark_graders.frames.tree import specialist

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushmark_graders.frames.reader import Reader
    from pushmark_graders.frames.tree import Writer

Array = NDArray[np.generic]

# A dtype on the wire is numpy's own code without the byte order, which is little-endian.
CODE = re.compile(r"b1|[iu][1248]|f[248]|c(8|16)|[mM]8(\[(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?|[SU][1-9][0-9]{0,8}")
MAX_DIMENSIONS = 32
FIRST, LAST = np.datetime64("0001-01-01"), np.datetime64("9999-12-31T23:59:59.999999")
DAY = np.timedelta64(1, "D")
LONGEST = np.timedelta64(999_999_999, "D")
NOT_A_TIME = np.iinfo(np.int64).min


def dtype_code(dtype: np.dtype[np.generic]) -> str:
    """Return the dtype's name on the wire, or raise `NotPlain`."""
    code = dtype.str[1:]
    if not CODE.fullmatch(code):
        raise NotPlain(f"numpy data of dtype {str(dtype)[:60]}")
    return code


def parse_dtype(code: str) -> np.dtype[np.generic]:
    """Return the dtype of a name on the wire, or raise `FrameError`."""
    if not CODE.fullmatch(code):
        raise FrameError("a dtype that cannot travel")
    return np.dtype("<" + code)


def raw(array: Array) -> memoryview:
    """Return the array's memory, flat."""
    return array.reshape(-1).view(np.uint8).data if array.size else memoryview(b"")


def plain(array: Array) -> Array:
    """Return the array little-endian and contiguous, copied only where it is not."""
    if array.dtype.kind in "SU" and array.dtype.itemsize == 0:
        array = array.astype(array.dtype.kind + "1")
    return np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")


def write_array(writer: Writer, array: Array) -> None:
    """Write shape, dtype and memory; the operation byte is the caller's."""
    array = plain(array)
    writer.text(dtype_code(array.dtype))
    writer.ints.append(array.ndim)
    writer.ints.extend(array.shape)
    writer.buffer(raw(array))


def read_shape(reader: Reader) -> tuple[int, ...]:
    """Read a shape; where it holds nothing, its other dimensions are bounded as if they counted values.

    A shape of (2**60, 0) needs no bytes, but a list of it, or a copy with one more column, would.
    """
    dimensions = reader.int()
    if not 0 <= dimensions <= MAX_DIMENSIONS:
        raise FrameError("an array has too many dimensions")
    shape = tuple([reader.int() for _ in range(dimensions)])
    bound = reader.limits.max_bytes if all(shape) else reader.limits.max_nodes
    if any(size < 0 for size in shape) or math.prod(max(size, 1) for size in shape) > bound:
        raise FrameError("an array's shape is out of bounds")
    return shape


def read_array(reader: Reader) -> Array:
    """Read an array over the frame's own memory."""
    dtype = parse_dtype(reader.text())
    shape = read_shape(reader)
    return build(dtype, shape, reader.buffer())


def build(dtype: np.dtype[np.generic], shape: tuple[int, ...], data: memoryview) -> Array:
    """Return an array over `data`, once its size and its bytes are right for the dtype."""
    if math.prod(shape) * dtype.itemsize != len(data):
        raise FrameError("an array's buffer does not fit its shape")
    if not len(data):
        return np.empty(shape, dtype)
    array: Array = np.ndarray(shape, dtype, data)
    flat = np.frombuffer(data, np.uint8)
    if dtype.kind == "b" and flat.max() > 1:
        raise FrameError("a boolean is neither 0 nor 1")
    if dtype.kind == "U":
        points = flat.view("<u4")
        if points.max() > 0x10FFFF or ((points >= 0xD800) & (points <= 0xDFFF)).any():
            raise FrameError("text is not Unicode")
    return array


def check_instants(values: Array, zoned: bool = False) -> Array:
    """Return datetimes or durations that Python's own types can hold, so that printing or listing them cannot fail.

    Units of which 64 bits span less than that need no look. The local time of a `zoned` instant is up to a day off.
    """
    unit = np.datetime_data(values.dtype.str)[0]
    if unit in ("ns", "ps", "fs", "as") or values.dtype == "m8[us]":
        return values
    margin = DAY if zoned else 0 * DAY
    edges = (FIRST + margin, LAST - margin) if values.dtype.kind == "M" else (-LONGEST, LONGEST)
    low, high = (int(edge.astype(values.dtype).astype(np.int64)) for edge in edges)
    counts = values.view(np.int64)
    counts = counts[counts != NOT_A_TIME]
    if len(counts) and (counts.min() < low or counts.max() > high):
        raise FrameError("an instant is out of Python's range")
    return values


def write(writer: Writer, value: object) -> bool:
    """Write an array or a scalar of numpy."""
    kind = type(value)
    if isinstance(value, np.ndarray):
        if kind is not np.ndarray:
            return False
        if value.dtype.kind == "O":
            return specialist("strings").write(writer, value)
        writer.ops += b"A"
        write_array(writer, value)
    elif kind is np.str_:
        writer.ops += b"U"
        writer.text(str(value))
    elif isinstance(value, np.generic) and kind.__module__ == "numpy":
        writer.ops += b"G"
        array = plain(np.asarray(value))
        writer.text(dtype_code(array.dtype))
        writer.texts.append(array.tobytes())
    else:
        return False
    return True


def read_scalar(reader: Reader) -> object:
    """Read a numpy scalar."""
    dtype = parse_dtype(reader.text())
    return build(dtype, (1,), reader.raw())[0]


READERS: dict[int, Callable[[Reader], object]] = {
    ord("A"): read_array,
    ord("G"): read_scalar,
    ord("U"): lambda reader: np.str_(reader.text()),
}
