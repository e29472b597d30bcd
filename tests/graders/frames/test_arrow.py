"""pyarrow tables cross as pyarrow, column by column; nested and foreign types do not."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pushmark_graders.frames import FrameError, Limits, NotPlain, decode, encode

from .conftest import Split, Trip

LIMITS = Limits()
COUNTS = st.integers(0, 100)
TYPES: list[tuple[pa.DataType, st.SearchStrategy[object]]] = [
    *((kind, COUNTS) for kind in (pa.int8(), pa.int64(), pa.uint16(), pa.uint64())),
    *((kind, COUNTS.map(float)) for kind in (pa.float32(), pa.float64())),
    (pa.bool_(), st.booleans()),
    *((kind, st.text(st.characters(codec="utf-8"), max_size=5)) for kind in (pa.string(), pa.large_string())),
    (pa.date32(), st.dates()),
    *((pa.timestamp(unit, zone), COUNTS) for unit, zone in (("s", None), ("ns", "Europe/Berlin"), ("us", "+02:00"))),
    *((kind, COUNTS) for kind in (pa.duration("ms"), pa.duration("ns"))),
    (pa.null(), st.none()),
]


@st.composite
def columns(draw: st.DrawFn, rows: int) -> pa.ChunkedArray:
    kind, values = draw(st.sampled_from(TYPES))
    items = draw(st.lists(st.none() | values, min_size=rows + 2, max_size=rows + 2))
    array = pa.array(items, kind)
    if draw(st.booleans()) and kind in (pa.string(), pa.large_string()):
        array = array.dictionary_encode()
    split = draw(st.integers(0, rows))
    return pa.chunked_array([array[1 : 1 + split], array[1 + split : 1 + rows]], array.type)


@settings(deadline=None)
@given(data=st.data())
def test_tables_cross_with_types_and_nulls(trip: Trip, data: st.DataObject) -> None:
    rows = data.draw(st.integers(0, 5))
    made = [data.draw(columns(rows)) for _ in range(data.draw(st.integers(0, 4)))]
    sent = pa.table(made, names=[f"c{number % 3}" for number in range(len(made))])
    arrived = trip(sent)
    assert isinstance(arrived, pa.Table)
    arrived.validate(full=True)
    assert arrived.schema == sent.schema
    assert arrived.to_pylist() == sent.to_pylist()


def test_nan_is_not_null(trip: Trip) -> None:
    sent = pa.table({"x": pa.array([1.0, float("nan"), None]), "h": pa.array(np.array([1, 2, 3], np.float16))})
    arrived = trip(sent)
    assert isinstance(arrived, pa.Table)
    assert arrived["x"].null_count == 1
    assert str(arrived) == str(sent)


def test_metadata_stays_behind(trip: Trip) -> None:
    """pandas evaluates its own metadata when a table becomes a DataFrame, so a worker does not get to write it."""
    sent = pa.table({"x": [1]}).replace_schema_metadata({"pandas": "{}"})
    arrived = trip(sent)
    assert isinstance(arrived, pa.Table)
    assert arrived.schema.metadata is None


def test_values_behind_a_null_do_not_travel() -> None:
    numbers, texts = pa.array([123456789, 1]), pa.array(["SECRET", "kept"])
    gap = pa.py_buffer(b"\x02")
    masked = pa.Int64Array.from_buffers(pa.int64(), 2, [gap, numbers.buffers()[1]])
    hidden = pa.StringArray.from_buffers(2, *texts.buffers()[1:], gap)
    frame = b"".join(encode(pa.table({"n": masked, "s": hidden, "t": texts.slice(1, 1).take([0, 0])}), LIMITS))
    assert b"SECRET" not in frame
    assert (123456789).to_bytes(8, "little") not in frame


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[1], [2]]),
        pa.array([{"a": 1}]),
        pa.array([b"x"]),
        pa.array([1]).cast(pa.decimal128(25, 2)),
        pa.array(["x"]).cast(pa.string_view()),
    ],
    ids=lambda column: str(column.type),
)
def test_other_types_are_refused_by_their_column(column: pa.Array) -> None:
    with pytest.raises(NotPlain, match="an Arrow column of type") as caught:
        encode([pa.table({"x": column})], LIMITS)
    assert caught.value.path == "[0]['x']"


def test_a_table_that_lies_is_refused(split: Split) -> None:
    header, body = split(pa.table({"d": pa.array(["x", "y"]).dictionary_encode(), "n": pa.array([1, 2])}))
    indices = b"\0\0\0\0\1\0\0\0"
    lies = [
        (header, body.replace(indices, b"\0\0\0\0\2\0\0\0", 1), "cannot be built: ArrowIndexError"),
        (header, body.replace(indices, b"\0\0\0\0\xff\xff\xff\xff", 1), "cannot be built: ArrowIndexError"),
        (header, body.replace(b"xy", b"xx", 1), "not distinct"),
        (header.replace(b"int64", b"float", 1), body, "not of its type"),
        (header.replace(b"int64", b"uint8", 1), body, "not of its type"),
        (header.replace(b"int64", b"list<", 1), body, "not of its type"),
    ]
    for bad, data, says in lies:
        with pytest.raises(FrameError, match=says):
            decode(bad, data, LIMITS)


def test_a_time_zone_that_lies_is_refused(split: Split) -> None:
    instants = pa.array([datetime(2020, 1, 1, tzinfo=UTC)], pa.timestamp("us", "Asia/Tokyo"))
    header, body = split(pa.table({"t": instants}))
    for zone in (b"Asia/Tokio", b"../../Toky", b"+09:00:00\0"):
        with pytest.raises(FrameError, match="time zone"):
            decode(header.replace(b"Asia/Tokyo", zone), body, LIMITS)
