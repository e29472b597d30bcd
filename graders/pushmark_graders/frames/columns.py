"""One column of a pandas table in a frame: its values, without the table around it.

Values that are masked out do not travel: what a lab author blanked in a column stays in the grader.
"""

from __future__ import annotations

import importlib.util
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pushmark_graders.frames.arrays import Array, check_instants, read_array, write_array
from pushmark_graders.frames.moments import zone, zone_code
from pushmark_graders.frames.plain import FrameError, NotPlain
from pushmark_graders.frames.strings import pack, read_strings, unpack, write_strings
from pushmark_graders.frames.tree import is_key, type_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pandas.api.extensions import ExtensionArray

    from pushmark_graders.frames.reader import Reader
    from pushmark_graders.frames.tree import Writer

    Column = Array | ExtensionArray | pd.Series

HAS_PYARROW = importlib.util.find_spec("pyarrow") is not None
MASKED: dict[str, type] = {"b": pd.arrays.BooleanArray, "f": pd.arrays.FloatingArray}
MASKED |= dict.fromkeys("iu", pd.arrays.IntegerArray)
MASKED_DTYPE = re.compile(r"U?Int(8|16|32|64)|Float(32|64)|boolean")


def write_column(writer: Writer, values: pd.Series | pd.Index, labels: bool = False) -> None:
    """Write the values of a series or an index; with `labels`, any hashable plain objects will do."""
    dtype = values.dtype
    if isinstance(dtype, np.dtype):
        _write_numpy(writer, values.to_numpy(), labels)
    elif isinstance(dtype, pd.StringDtype):
        _write_str(writer, values, dtype)
    elif isinstance(dtype, pd.CategoricalDtype):
        _write_categorical(writer, pd.Categorical(values))
    elif isinstance(dtype, pd.DatetimeTZDtype):
        code = zone_code(dtype.tz)
        writer.ops += b"Z"
        writer.text(code)
        write_array(writer, np.asarray(values.array, dtype=f"M8[{dtype.unit}]"))
    elif isinstance(dtype, pd.ArrowDtype):
        _write_arrow(writer, values)
    elif MASKED_DTYPE.fullmatch(dtype.name) and type(dtype).__module__.startswith("pandas"):
        _write_masked(writer, values)
    else:
        raise NotPlain(f"a column of dtype {str(dtype)[:60]}")


def read_column(reader: Reader, labels: bool = False) -> Column:
    """Read the values of a column."""
    op = chr(reader.kind())
    if op == "L" and labels:
        return _read_labels(reader)
    if op not in COLUMNS:
        raise FrameError("an unknown kind of column")
    return COLUMNS[op](reader)


def _write_numpy(writer: Writer, values: Array, labels: bool) -> None:
    if values.dtype.kind in "biufcmM":
        writer.ops += b"A"
        write_array(writer, values)
        return
    if values.dtype.kind != "O":
        raise NotPlain(f"a column of dtype {str(values.dtype)[:60]}")
    items: list[object] = values.tolist()
    try:
        strings = pack(items, writer.limits)
    except NotPlain:
        if not labels:
            raise
        _write_labels(writer, items)
        return
    writer.ops += b"O"
    write_strings(writer, strings)


def _read_numpy(reader: Reader) -> Array:
    values = read_array(reader)
    if values.ndim != 1 or values.dtype.kind not in "biufcmM":
        raise FrameError("a column's values are not a column")
    return check_instants(values) if values.dtype.kind in "mM" else values


def _read_objects(reader: Reader) -> pd.Series:
    values = unpack(read_strings(reader), reader.limits)
    return pd.Series(values, dtype=object)


def _write_labels(writer: Writer, items: list[object]) -> None:
    writer.ops += b"L"
    writer.ints.append(len(items))
    for item in items:
        if not is_key(item) and not isinstance(item, float):
            raise NotPlain(f"{type_name(type(item))} as a label")
        writer.value(item)


def _read_labels(reader: Reader) -> pd.Series:
    items = [reader.value() for _ in range(reader.count())]
    if not all(is_key(item) or isinstance(item, float) for item in items):
        raise FrameError("a label is not a plain scalar")
    values = np.empty(len(items), object)
    values[:] = items
    return pd.Series(values, dtype=object)


def _write_str(writer: Writer, values: pd.Series | pd.Index, dtype: pd.StringDtype) -> None:
    """Strings of pandas' own dtype: the missing value is NaN ("str") or NA ("string")."""
    if HAS_PYARROW:
        from pushmark_graders.frames import arrow  # noqa: PLC0415 - pyarrow is an extra

        strings = arrow.pack_strings(values.array.__arrow_array__())
    else:
        texts: list[object] = [str(text) if isinstance(text, str) else None for text in values]
        strings = pack(texts, writer.limits)
    writer.ops += b"a"
    writer.text(f"{dtype.storage} {'NA' if dtype.na_value is pd.NA else 'NaN'}")
    write_strings(writer, strings)


def _read_str(reader: Reader) -> ExtensionArray:
    storage, _, missing = reader.text().partition(" ")
    if storage not in ("python", "pyarrow") or missing not in ("NA", "NaN"):
        raise FrameError("an unknown string dtype")
    strings = read_strings(reader)
    arrow_backed = storage == "pyarrow" and HAS_PYARROW
    na_value = pd.NA if missing == "NA" else float("nan")
    dtype: Any = pd.StringDtype("pyarrow" if arrow_backed else "python", na_value)
    if arrow_backed:
        from pushmark_graders.frames import arrow  # noqa: PLC0415 - pyarrow is an extra

        array: ExtensionArray = dtype.__from_arrow__(arrow.unpack_strings(strings))
    else:
        array = pd.Series(unpack(strings, reader.limits), dtype=dtype).array
    return array


def _write_masked(writer: Writer, values: pd.Series | pd.Index) -> None:
    dtype = values.dtype.name.lower().replace("boolean", "bool")
    writer.ops += b"k"
    write_array(writer, values.to_numpy(dtype=dtype, na_value=0))
    write_array(writer, np.asarray(values.isna()))


def _read_masked(reader: Reader) -> ExtensionArray:
    values, mask = _read_numpy(reader), _read_numpy(reader)
    if values.dtype.kind not in MASKED or mask.dtype != bool:
        raise FrameError("a nullable column's values or mask have the wrong dtype")
    array: ExtensionArray = MASKED[values.dtype.kind](values, mask)
    return array


def _write_categorical(writer: Writer, values: pd.Categorical) -> None:
    writer.ops += b"C"
    writer.ints.append(1 if values.ordered else 0)
    write_array(writer, np.asarray(values.codes))
    writer.enter()
    write_column(writer, values.categories, labels=True)
    writer.depth -= 1


def _read_categorical(reader: Reader) -> pd.Categorical:
    ordered = reader.int()
    codes = _read_numpy(reader)
    if codes.dtype.kind != "i" or ordered not in (0, 1):
        raise FrameError("a categorical column is malformed")
    reader.enter()
    values = read_column(reader, labels=True)
    reader.depth -= 1
    categories = pd.Index(values, dtype=values.dtype)
    return pd.Categorical.from_codes(codes.astype(np.int64), categories=categories, ordered=bool(ordered))


def _read_zoned(reader: Reader) -> ExtensionArray:
    code = reader.text()
    values = _read_numpy(reader)
    if values.dtype.kind != "M":
        raise FrameError("a column of instants has the wrong dtype")
    check_instants(values, zoned=code != "UTC")
    array: ExtensionArray = pd.Series(values).dt.tz_localize("UTC").dt.tz_convert(zone(code)).array
    return array


def _write_arrow(writer: Writer, values: pd.Series | pd.Index) -> None:
    from pushmark_graders.frames import arrow  # noqa: PLC0415 - pyarrow is an extra

    writer.ops += b"R"
    arrow.write_column(writer, values.array.__arrow_array__())


def _read_arrow(reader: Reader) -> ExtensionArray:
    from pushmark_graders.frames import arrow  # noqa: PLC0415 - pyarrow is an extra

    return pd.arrays.ArrowExtensionArray(arrow.read_column(reader))


COLUMNS: dict[str, Callable[[Reader], Column]] = {
    "A": _read_numpy,
    "O": _read_objects,
    "a": _read_str,
    "k": _read_masked,
    "C": _read_categorical,
    "Z": _read_zoned,
    "R": _read_arrow,
}
