"""pyarrow tables in a frame: the same kinds of column as pandas, rebuilt as pyarrow.

Only Arrow's types and buffers are used; its IPC format, schema metadata and extension types are not. Values behind a
null are blanked before they travel.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pushmark_graders.frames.arrays import check_instants, read_array, write_array
from pushmark_graders.frames.moments import zone
from pushmark_graders.frames.plain import FrameError, NotPlain
from pushmark_graders.frames.strings import OFFSET, Strings, read_strings, write_strings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushmark_graders.frames.reader import Reader
    from pushmark_graders.frames.tree import Writer

UNITS = ("s", "ms", "us", "ns")
TEXTS = {"string": pa.string(), "large_string": pa.large_string()}
INTEGERS = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
NUMBERS = (*INTEGERS, pa.float16(), pa.float32(), pa.float64(), pa.bool_())
INSTANTS = {pa.date32(): "M8[D]"}
INSTANTS |= {pa.timestamp(unit): f"M8[{unit}]" for unit in UNITS} | {pa.duration(unit): f"m8[{unit}]" for unit in UNITS}
# What travels by its values, under Arrow's own name, with the numpy dtype of those values.
BY_NAME = {str(kind): (kind, np.dtype(kind.to_pandas_dtype())) for kind in NUMBERS}
BY_NAME |= {str(kind): (kind, np.dtype(f"i{kind.bit_width // 8}")) for kind in INSTANTS}
OFFSET_ZONE = re.compile(r"[+-][0-9]{2}:[0-9]{2}")


def write(writer: Writer, value: object) -> bool:
    """Write a table."""
    if not isinstance(value, pa.Table) or type(value) is not pa.Table:
        return False
    writer.ops += b"W"
    writer.ints.append(value.num_columns)
    for name, column in zip(value.column_names, value.columns, strict=True):
        writer.text(name)
        try:
            write_column(writer, column)
        except NotPlain as refusal:
            raise refusal.inside(f"[{name!r:.60}]") from None
    return True


def _read_table(reader: Reader) -> pa.Table:
    columns = reader.int()
    if not 0 <= columns <= reader.values:
        raise FrameError("a table claims more columns than the frame holds")
    named = [(reader.text(), read_column(reader)) for _ in range(columns)]
    return pa.Table.from_arrays([column for _, column in named], names=[name for name, _ in named])


def single(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return the column as one array."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def write_column(writer: Writer, column: pa.ChunkedArray | pa.Array) -> None:
    """Write one column, or raise `NotPlain` for a type that does not travel."""
    array = single(column)
    kind = array.type
    if pa.types.is_null(kind):
        writer.ops += b"n"
        writer.ints.append(len(array))
    elif str(kind) in TEXTS:
        writer.ops += b"a"
        writer.text(str(kind))
        write_strings(writer, pack_strings(array))
    elif pa.types.is_dictionary(kind):
        writer.ops += b"C"
        writer.ints.append(1 if kind.ordered else 0)
        writer.enter()
        write_column(writer, array.indices)
        write_column(writer, array.dictionary)
        writer.depth -= 1
    else:
        _write_values(writer, array)


def read_column(reader: Reader) -> pa.Array:
    """Read one column."""
    op = chr(reader.kind())
    if op not in COLUMNS:
        raise FrameError("an unknown kind of column")
    return COLUMNS[op](reader)


def _write_values(writer: Writer, array: pa.Array) -> None:
    kind = array.type
    zone_name = (kind.tz or "") if pa.types.is_timestamp(kind) else ""
    name = str(pa.timestamp(kind.unit)) if zone_name else str(kind)
    if name not in BY_NAME:
        raise NotPlain(f"an Arrow column of type {str(kind)[:60]}")
    writer.ops += b"A"
    writer.text(name)
    writer.text(zone_name)
    missing = np.asarray(array.is_null()) if array.null_count else np.empty(0, bool)
    if name not in map(str, NUMBERS):
        array = array.view(pa.int32() if kind.bit_width == 32 else pa.int64())
    if len(missing):
        array = pc.fill_null(array, pa.scalar(0).cast(array.type))
    write_array(writer, array.to_numpy(zero_copy_only=False))
    write_array(writer, missing)


def _read_values(reader: Reader) -> pa.Array:
    name, zone_name = reader.text(), reader.text()
    values, missing = read_array(reader), read_array(reader)
    if name not in BY_NAME or values.ndim != 1 or values.dtype != BY_NAME[name][1]:
        raise FrameError("an Arrow column's values are not of its type")
    if missing.dtype != bool or missing.shape not in (values.shape, (0,)):
        raise FrameError("an Arrow column's nulls are malformed")
    kind = BY_NAME[name][0]
    if kind in INSTANTS:
        check_instants(values.astype(np.int64).view(INSTANTS[kind]), zoned=zone_name not in ("", "UTC"))
    if zone_name:
        if not pa.types.is_timestamp(kind):
            raise FrameError("a time zone on a column that has none")
        if not OFFSET_ZONE.fullmatch(zone_name):
            zone(zone_name)
        kind = pa.timestamp(kind.unit, zone_name)
    array = pa.array(values, mask=missing if len(missing) else None, from_pandas=False)
    return array if array.type == kind else array.view(kind)


def pack_strings(column: pa.ChunkedArray | pa.Array) -> Strings:
    """Return a column of strings as offsets and bytes, with nothing outside of them."""
    array = single(column)
    missing = np.empty(0, np.uint8)
    if array.null_count:
        missing = np.asarray(array.is_null()).view(np.uint8)
        array = pc.fill_null(array, "")
    if not pa.types.is_large_string(array.type):
        array = array.cast(pa.large_string())
    _, starts, data = array.buffers()
    if not len(array) or starts is None:
        return Strings(np.zeros(1, OFFSET), memoryview(b""), missing)
    offsets = np.frombuffer(starts, OFFSET)[array.offset : array.offset + len(array) + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    text = memoryview(data).cast("B")[first:last] if data is not None else memoryview(b"")
    return Strings(offsets - first if first else offsets, text, missing)


def unpack_strings(strings: Strings) -> pa.Array:
    """Return checked strings as an Arrow array over the frame's own memory."""
    present = None
    if len(strings.missing):
        present = pa.py_buffer(np.packbits(strings.missing == 0, bitorder="little").tobytes())
    offsets, data = pa.py_buffer(strings.offsets.data), pa.py_buffer(strings.data)
    return pa.LargeStringArray.from_buffers(len(strings.offsets) - 1, offsets, data, present)


def _read_text(reader: Reader) -> pa.Array:
    name = reader.text()
    if name not in TEXTS:
        raise FrameError("an unknown string type")
    return unpack_strings(read_strings(reader)).cast(TEXTS[name])


def _read_dictionary(reader: Reader) -> pa.Array:
    ordered = reader.int()
    reader.enter()
    indices, dictionary = read_column(reader), read_column(reader)
    reader.depth -= 1
    if ordered not in (0, 1) or not pa.types.is_integer(indices.type):
        raise FrameError("a dictionary column is malformed")
    if dictionary.null_count or len(dictionary.unique()) != len(dictionary):
        raise FrameError("a dictionary column's values are not distinct")
    return pa.DictionaryArray.from_arrays(indices, dictionary, ordered=bool(ordered), safe=True)


def _read_nulls(reader: Reader) -> pa.Array:
    rows = reader.int()
    if not 0 <= rows <= reader.limits.max_nodes:  # nulls take no bytes, and every other column a byte at least
        raise FrameError("a column of nulls is out of bounds")
    return pa.nulls(rows)


COLUMNS: dict[str, Callable[[Reader], pa.Array]] = {
    "A": _read_values,
    "a": _read_text,
    "C": _read_dictionary,
    "n": _read_nulls,
}
READERS: dict[int, Callable[[Reader], object]] = {ord("W"): _read_table}
