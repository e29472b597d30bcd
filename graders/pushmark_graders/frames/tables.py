"""pandas tables, series, indexes and timestamps in a frame.

`attrs`, flags and custom metadata stay behind. Exact types only: a subclass of DataFrame does not travel.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pushmark_graders.frames.arrays import check_instants, read_array, write_array
from pushmark_graders.frames.columns import read_column, write_column
from pushmark_graders.frames.moments import zone, zone_code
from pushmark_graders.frames.plain import FrameError, NotPlain
from pushmark_graders.frames.tree import is_key, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from pandas.api.extensions import ExtensionArray

    from pushmark_graders.frames.columns import Column
    from pushmark_graders.frames.reader import Reader
    from pushmark_graders.frames.tree import Writer

FREQUENCY = re.compile(r"-?[0-9]{0,9}[A-Za-z]{1,5}(-[A-Z]{3})?")
PLAIN_INDEXES = (pd.Index, pd.DatetimeIndex, pd.TimedeltaIndex, pd.CategoricalIndex)
UNITS = ("s", "ms", "us", "ns")


def write(writer: Writer, value: object) -> bool:
    """Write a value of one of pandas' own types."""
    kind = type(value)
    if isinstance(value, pd.DataFrame) and kind is pd.DataFrame:
        _write_frame(writer, value)
    elif isinstance(value, pd.Series) and kind is pd.Series:
        _write_series(writer, value)
    elif isinstance(value, pd.Index):
        writer.ops += b"X"
        write_index(writer, value)
    elif isinstance(value, pd.api.extensions.ExtensionArray) and kind.__module__.startswith("pandas"):
        writer.ops += b"E"
        write_column(writer, pd.Series(value, dtype=value.dtype))  # without it, objects are looked at and made `str`
    elif value is pd.NaT or value is pd.NA:
        writer.ops += b"v" if value is pd.NaT else b"V"
    elif isinstance(value, pd.Timestamp) and kind is pd.Timestamp:
        _write_instant(writer, b"P", value.asm8, zone_code(value.tz) if value.tz is not None else "")
    elif isinstance(value, pd.Timedelta) and kind is pd.Timedelta:
        _write_instant(writer, b"Q", value.asm8, "")
    else:
        return False
    return True


def _write_instant(writer: Writer, op: bytes, value: np.datetime64 | np.timedelta64, code: str) -> None:
    writer.ops += op
    writer.ints.append(int(value.astype(np.int64)))
    writer.text(np.datetime_data(value.dtype)[0])
    writer.text(code)


def _read_instant(reader: Reader) -> tuple[int, str, str]:
    count, unit, code = reader.int(), reader.text(), reader.text()
    if unit not in UNITS or count == np.iinfo(np.int64).min:
        raise FrameError("an instant is malformed")
    return count, unit, code


def _read_timestamp(reader: Reader) -> pd.Timestamp:
    count, unit, code = _read_instant(reader)
    instant: np.datetime64 = check_instants(np.array([count], f"M8[{unit}]"), zoned=code not in ("", "UTC"))[0]
    naive = pd.Timestamp(instant)
    return naive.tz_localize("UTC").tz_convert(zone(code)) if code else naive


def _read_timedelta(reader: Reader) -> pd.Timedelta:
    count, unit, _ = _read_instant(reader)
    duration: np.timedelta64 = check_instants(np.array([count], f"m8[{unit}]"))[0]
    return pd.Timedelta(duration)


def _write_name(writer: Writer, name: Hashable) -> None:
    if not is_key(name):
        raise NotPlain(f"{type_name(type(name))} as a name")
    writer.value(name)


def _read_name(reader: Reader) -> Hashable:
    name = reader.value()
    if not is_key(name):
        raise FrameError("a name that is not a plain scalar")
    return name


def write_index(writer: Writer, index: pd.Index) -> None:
    """Write an index: a range as three numbers, several levels as several columns."""
    if type(index) is pd.RangeIndex:
        writer.ops += b"r"
        writer.ints.extend((index.start, index.stop, index.step))
        _write_name(writer, index.name)
    elif isinstance(index, pd.MultiIndex) and type(index) is pd.MultiIndex:
        writer.ops += b"M"
        writer.ints.append(index.nlevels)
        nameless = index.set_names([None] * index.nlevels)  # else a level called 1 is found before level 1
        for level, name in enumerate(index.names):
            _write_name(writer, name)
            write_column(writer, nameless.get_level_values(level), labels=True)
    elif type(index) in PLAIN_INDEXES:
        writer.ops += b"x"
        frequency = getattr(index, "freqstr", None) or ""
        writer.text(frequency if FREQUENCY.fullmatch(frequency) else "")
        _write_name(writer, index.name)
        write_column(writer, index, labels=True)
    else:
        raise NotPlain(type_name(type(index)))


def read_index(reader: Reader) -> pd.Index:
    """Read an index; the caller holds a range to the length of its column, or to `check_range`."""
    op = reader.kind()
    if op == ord("r"):
        start, stop, step = reader.int(), reader.int(), reader.int()
        return pd.RangeIndex(start, stop, step, name=_read_name(reader))
    if op == ord("M"):
        levels = [(_read_name(reader), read_column(reader, labels=True)) for _ in range(reader.count())]
        return pd.MultiIndex.from_arrays(
            [one_level(values) for _, values in levels], names=[name for name, _ in levels]
        )
    if op != ord("x"):
        raise FrameError("an unknown kind of index")
    frequency = reader.text()
    name = _read_name(reader)
    values = read_column(reader, labels=True)
    index = one_level(values)
    index.name = name
    if not frequency:
        return index
    if FREQUENCY.fullmatch(frequency) and type(index) is pd.DatetimeIndex:
        return pd.DatetimeIndex(index, freq=frequency)
    if FREQUENCY.fullmatch(frequency) and type(index) is pd.TimedeltaIndex:
        return pd.TimedeltaIndex(index, freq=frequency)
    raise FrameError("an index has a frequency but no instants")


def check_range(reader: Reader, index: pd.Index) -> pd.Index:
    """Refuse a range that no column is as long as: three numbers can claim more rows than memory holds."""
    if type(index) is pd.RangeIndex and len(index) > reader.limits.max_nodes:
        raise FrameError("a range index is out of bounds")
    return index


def one_level(values: Column) -> pd.Index:
    """Return an index over a column, of the dtype that the column has."""
    index: pd.Index = pd.Index(values, dtype=values.dtype)
    return index


def _write_series(writer: Writer, series: pd.Series) -> None:
    writer.ops += b"S"
    _write_name(writer, series.name)
    write_index(writer, series.index)
    write_column(writer, series)


def _read_series(reader: Reader) -> pd.Series:
    name = _read_name(reader)
    index = read_index(reader)
    values = read_column(reader)
    if len(values) != len(index):
        raise FrameError("a series is not as long as its index")
    series = pd.Series(values, dtype=values.dtype, copy=False)
    series.index = index
    series.name = name
    return series


def _write_frame(writer: Writer, frame: pd.DataFrame) -> None:
    """Write a table; one numpy dtype throughout makes it a single block, however wide it is."""
    writer.ops += b"D"
    write_index(writer, frame.columns)
    write_index(writer, frame.index)
    dtypes = set(frame.dtypes)
    dtype = dtypes.pop() if len(dtypes) == 1 else None
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf":
        writer.ops += b"K"
        write_array(writer, frame.to_numpy().T)
        return
    writer.ops += b"c"
    for label, series in frame.items():
        try:
            write_column(writer, series)
        except NotPlain as refusal:
            raise refusal.inside(f"[{label!r:.60}]") from None


def _read_frame(reader: Reader) -> pd.DataFrame:
    columns = check_range(reader, read_index(reader))
    index = read_index(reader)
    if not len(columns):
        check_range(reader, index)
    layout = reader.kind()
    if layout == ord("K"):
        block = read_array(reader)
        if block.dtype.kind not in "biuf" or block.shape != (len(columns), len(index)):
            raise FrameError("a table's block does not fit its labels")
        return pd.DataFrame(block.T, index=index, columns=columns, copy=False)
    if layout != ord("c"):
        raise FrameError("an unknown layout of a table")
    values = {number: read_column(reader) for number in range(len(columns))}
    if any(len(column) != len(index) for column in values.values()):
        raise FrameError("a table's columns are not as long as its index")
    frame = pd.DataFrame(values, copy=False) if values else pd.DataFrame(index=index)
    frame.index = index
    frame.columns = columns
    return frame


def _read_array(reader: Reader) -> ExtensionArray:
    values = read_column(reader)
    array: ExtensionArray = pd.Series(values, dtype=values.dtype, copy=False).array
    return array


READERS: dict[int, Callable[[Reader], object]] = {
    ord("D"): _read_frame,
    ord("S"): _read_series,
    ord("X"): lambda reader: check_range(reader, read_index(reader)),
    ord("E"): _read_array,
    ord("P"): _read_timestamp,
    ord("Q"): _read_timedelta,
    ord("v"): lambda _: pd.NaT,
    ord("V"): lambda _: pd.NA,
}
