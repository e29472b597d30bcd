"""pandas tables, series and indexes cross with every dtype, label and gap; what is masked out stays behind."""

import struct
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_index_equal, assert_series_equal
from pushmark_graders.frames import FrameError, Limits, NotPlain, columns, decode, encode

from .conftest import Split, Trip

LIMITS = Limits()
ROWS = st.integers(0, 6)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
NUMPY = ("bool", "int8", "int64", "uint16", "uint64", "float32", "float64", "complex128")
INSTANTS = ("datetime64[s]", "datetime64[ms]", "datetime64[us]", "datetime64[ns]", "timedelta64[s]", "timedelta64[ns]")
ZONED = ("datetime64[us, UTC]", "datetime64[ns, Europe/Berlin]", "datetime64[s, +02:00]", "datetime64[us, US/Eastern]")
NULLABLE = ("Int8", "Int64", "UInt32", "Float32", "Float64", "boolean", "int64[pyarrow]", "double[pyarrow]")
STRINGS = ("str", "string", "string[python]", "string[pyarrow]", "object")


def cast(values: pd.Series, dtype: Any) -> pd.Series:
    made: pd.Series = values.astype(dtype)
    return made


def numbers(dtype: str, rows: int, seed: int) -> pd.Series:
    values = pd.Series(np.random.default_rng(seed).integers(0, 100, rows))
    return cast(values % 2 == 1 if dtype == "boolean" else values, dtype)


@st.composite
def series(draw: st.DrawFn, rows: int) -> pd.Series:
    seed = draw(st.integers(0, 1000))
    dtype = draw(st.sampled_from((*NUMPY, *INSTANTS, *ZONED, *NULLABLE, *STRINGS, "category")))
    gaps = pd.Series(draw(st.lists(st.booleans(), min_size=rows, max_size=rows)), dtype=bool)
    if dtype in STRINGS or dtype == "category":
        texts = pd.Series(draw(st.lists(TEXTS, min_size=rows, max_size=rows)), dtype="str")
        return cast(texts.mask(gaps), dtype)
    if dtype in ZONED:
        unit, _, _ = dtype.removeprefix("datetime64[").removesuffix("]").partition(", ")
        instants: pd.Series = numbers(f"datetime64[{unit}]", rows, seed).mask(gaps)
        return cast(instants.dt.tz_localize("UTC"), dtype)
    values = numbers(dtype, rows, seed)
    return values.mask(gaps) if dtype not in NUMPY else values


@st.composite
def indexes(draw: st.DrawFn, rows: int) -> pd.Index:
    name = draw(st.none() | st.integers(0, 9) | TEXTS)
    if draw(st.booleans()):
        start, step = draw(st.integers(-5, 5)), draw(st.sampled_from([1, 2, -3]))
        return pd.RangeIndex(start, start + step * rows, step, name=name)
    level: pd.Index = pd.Index(draw(series(rows)), name=name)
    if draw(st.booleans()):
        return level
    return pd.MultiIndex.from_arrays([level, pd.Index(draw(series(rows)))], names=[name, None])


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(ROWS)
    made = {number: draw(series(rows)) for number in range(draw(st.integers(0, 5)))}
    frame = pd.DataFrame(made) if made else pd.DataFrame(index=range(rows))
    frame.index = draw(indexes(rows))
    labels = st.integers(0, 9) | TEXTS
    names = draw(st.lists(labels, min_size=len(made), max_size=len(made)))
    frame.columns = pd.Index(names) if made else frame.columns
    return frame


@settings(deadline=None)
@given(frame=tables())
def test_tables_cross_with_dtypes_labels_and_gaps(trip: Trip, frame: pd.DataFrame) -> None:
    arrived = trip(frame)
    assert isinstance(arrived, pd.DataFrame)
    assert_frame_equal(arrived, frame, check_exact=True, check_column_type=True)


@settings(deadline=None)
@given(data=st.data())
def test_series_indexes_and_arrays_cross(trip: Trip, data: st.DataObject) -> None:
    rows = data.draw(ROWS)
    sent = data.draw(series(rows))
    sent.index = data.draw(indexes(rows))
    sent.name = data.draw(st.none() | TEXTS)
    arrived, index, array = trip(sent), trip(sent.index), trip(sent.array)
    assert isinstance(arrived, pd.Series)
    assert isinstance(index, pd.Index)
    assert_series_equal(arrived, sent, check_exact=True)
    assert_index_equal(index, sent.index, exact=True)
    assert type(array) is type(sent.array)


def test_gaps_in_object_columns_keep_their_kind(trip: Trip) -> None:
    arrived = trip(pd.Series(["a", None, float("nan")], dtype=object))
    assert isinstance(arrived, pd.Series)
    assert repr(arrived.tolist()) == "['a', None, nan]"


def test_the_labels_of_columns_may_be_anything_plain(trip: Trip) -> None:
    frame = pd.DataFrame([[1, 2, 3], [4, 5, 6]], columns=pd.Index(["a", 1, ("b", 2)], dtype=object))
    by_group = pd.DataFrame({"g": ["x", "y"], "v": [1.0, 2.0]}).groupby("g").agg({"v": ["mean", "max"]})
    twice = pd.DataFrame([[1, "x"]], columns=["same", "same"])
    pivot = pd.DataFrame({"r": [1, 2], "c": ["p", "q"], "v": [1, 2]}).pivot_table(index="r", columns="c", values="v")
    for sent in (frame, by_group, twice, pivot):
        arrived = trip(sent)
        assert isinstance(arrived, pd.DataFrame)
        assert_frame_equal(arrived, sent)


@pytest.mark.parametrize("frequency", ["D", "ME", "W-SUN", "15min", "h", "QS-OCT"])
def test_an_index_keeps_its_frequency(trip: Trip, frequency: str) -> None:
    sent = pd.Series(range(4), index=pd.date_range("2020-01-01", periods=4, freq=frequency))
    arrived = trip(sent)
    assert isinstance(arrived, pd.Series)
    assert_series_equal(arrived, sent, check_freq=True)


def test_instants_of_pandas_cross(trip: Trip) -> None:
    stamps = [pd.Timestamp("2020-03-29 02:30", tz=zone) for zone in (None, "UTC", "+05:30", "US/Eastern")]
    for sent in [*stamps, pd.Timestamp(1, unit="ns"), pd.Timestamp("2020").as_unit("s"), pd.Timedelta("-1h")]:
        arrived = trip(sent)
        assert type(arrived) is type(sent)
        assert arrived == sent
        assert repr(arrived) == repr(sent)
    assert trip(pd.NaT) is pd.NaT
    assert trip(pd.NA) is pd.NA


def test_a_wide_table_of_numbers_is_one_buffer(trip: Trip) -> None:
    sent = pd.DataFrame(np.arange(30_000.0).reshape(3, 10_000))
    arrived = trip(sent)
    assert isinstance(arrived, pd.DataFrame)
    assert_frame_equal(arrived, sent)
    assert len(encode(sent, LIMITS)) <= 3


def test_what_arrived_can_be_changed(trip: Trip) -> None:
    arrived = trip(pd.DataFrame({"a": [1, 2], "s": ["x", None], "o": pd.Series(["y", None], dtype=object)}))
    assert isinstance(arrived, pd.DataFrame)
    arrived.loc[0, "a"] = 7
    arrived.loc[1, "s"] = "z"
    arrived["new"] = arrived["a"] * 2
    arrived = arrived.sort_values("a")
    assert arrived["new"].tolist() == [4, 14]


def test_values_that_are_masked_out_do_not_travel() -> None:
    secret = pd.arrays.IntegerArray(np.array([123456789, 1]), np.array([True, False]))
    whole = pd.Series(["kept", "SECRET", "kept"])
    for sent in (pd.Series(secret), pd.DataFrame({"s": secret}), whole[::2], whole.where(whole == "kept")):
        frame = b"".join(encode(sent, LIMITS))
        assert b"SECRET" not in frame
        assert struct.pack("<q", 123456789) not in frame


class Table(pd.DataFrame):
    pass


@pytest.mark.parametrize(
    ("value", "path", "name"),
    [
        (Table({"a": [1]}), "", "Table"),
        (pd.DataFrame({"a": [1], "b": [[1]]}), "['b']", "list in an object array"),
        ({"t": pd.DataFrame({"a": [True, None]})}, "['t']['a']", "bool in an object array"),
        (pd.Series(pd.period_range("2020", periods=2)), "", "a column of dtype period"),
        (pd.DataFrame({"a": [1]}, index=pd.interval_range(0, 1)), "", "IntervalIndex"),
        (pd.Series([1], name=float("nan")), "", "float as a name"),
        (pd.Series(pd.arrays.SparseArray([0, 1])), "", "a column of dtype Sparse"),
        (pd.Period("2020"), "", "Period"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_other_tables_are_refused_by_the_column_that_cannot_travel(value: object, path: str, name: str) -> None:
    with pytest.raises(NotPlain) as caught:
        encode(value, LIMITS)
    assert name in caught.value.type_name
    assert caught.value.path == path


def test_without_pyarrow_strings_cross_as_python_strings(trip: Trip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "HAS_PYARROW", False)
    sent = pd.Series(["a", None, "ü"], dtype=pd.StringDtype("python", na_value=np.nan))
    arrived = trip(sent)
    assert isinstance(arrived, pd.Series)
    assert_series_equal(arrived, sent)


def test_a_string_column_that_lies_is_refused(split: Split) -> None:
    header, body = split(pd.Series(["aé", "b", None]))
    offsets, data = struct.pack("<4q", 0, 3, 4, 4), "aéb".encode()
    assert offsets in body
    assert data in body
    lies = [
        (offsets, struct.pack("<4q", 0, 4, 3, 4), "out of order"),
        (offsets, struct.pack("<4q", 1, 3, 4, 4), "out of order"),
        (offsets, struct.pack("<4q", 0, 3, 4, 5), "out of order"),
        (offsets, struct.pack("<4q", 0, -(2**63), 4, 4), "out of order"),
        (offsets, struct.pack("<4q", 0, 2, 4, 4), "cuts a character in two"),
        (data, b"a\xc3\x28b", "not UTF-8"),
        (data, b"\xed\xa0\x80b", "not UTF-8"),
        (b"\x00\x00\x01" + bytes(13), b"\x00\x00\x03" + bytes(13), "missing marks"),
    ]
    for old, new, says in lies:
        with pytest.raises(FrameError, match=says):
            decode(header, body.replace(old, new, 1), LIMITS)


def test_a_categorical_that_lies_is_refused(split: Split) -> None:
    header, body = split(pd.Series(pd.Categorical(["x", "y", "x"])))
    codes = b"\x00\x01\x00" + bytes(13)
    for bad in (b"\x00\x02\x00", b"\x00\xfe\x00", b"\x00\x7f\x00"):
        with pytest.raises(FrameError, match="cannot be built: ValueError"):
            decode(header, body.replace(codes, bad + bytes(13), 1), LIMITS)
    with pytest.raises(FrameError, match="cannot be built: ValueError"):
        decode(header, body.replace(b"xy", b"xx", 1), LIMITS)


def test_the_ends_of_pythons_calendar_cross(trip: Trip) -> None:
    ends = pd.Series(["0001-01-01", "9999-12-31", None]).astype("datetime64[s]")
    for sent in (ends, ends.dt.tz_localize("UTC")):
        arrived = trip(sent)
        assert isinstance(arrived, pd.Series)
        assert arrived.astype(str).tolist() == sent.astype(str).tolist()


def test_a_level_is_found_by_its_place_even_where_a_name_is_a_number(trip: Trip) -> None:
    sent = pd.Series([1, 2], index=pd.MultiIndex.from_arrays([["a", "b"], [1, 2]], names=[1, 0]))
    arrived = trip(sent)
    assert isinstance(arrived, pd.Series)
    assert_series_equal(arrived, sent)


def test_instants_beyond_pythons_calendar_are_refused(split: Split) -> None:
    for unit, far in (("s", 10**14), ("ms", -(10**17)), ("us", 9 * 10**18)):
        header, body = split(pd.Series([1, None], dtype=f"datetime64[{unit}]"))
        with pytest.raises(FrameError, match="out of Python's range"):
            decode(header, body.replace(struct.pack("<q", 1), struct.pack("<q", far), 1), LIMITS)


def test_300_000_strings_cross_in_a_tenth_of_a_second(trip: Trip) -> None:
    """The bound is of the format, not of this machine: one Python object per row takes longer than this."""
    column = pd.Series(np.random.default_rng(0).integers(10_000, 99_999, 300_000)).astype("str")
    times = []
    for _ in range(3):
        start = time.perf_counter()
        trip(column)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1
