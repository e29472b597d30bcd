"""Python's own plain values cross unchanged; everything else is refused with its place in the whole."""

import math
import struct
from collections import Counter, OrderedDict
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_graders.frames import FrameError, Handle, Limits, NotPlain, encode

from .conftest import Trip

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ZONES = st.sampled_from(
    [None, UTC, timezone(timedelta(hours=-5)), timezone(timedelta(seconds=1)), ZoneInfo("Europe/Berlin")]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**200), 2**200),
    st.floats(allow_nan=False),
    st.complex_numbers(allow_nan=False),
    TEXT,
    st.binary(max_size=20),
    st.dates(),
    st.datetimes(timezones=ZONES),
    st.timedeltas(),
)
KEYS = st.recursive(SCALARS, lambda keys: st.tuples(keys, keys) | st.frozensets(keys, max_size=3), max_leaves=4)
VALUES = st.recursive(
    SCALARS | st.builds(Handle, st.integers(0, 2**60), TEXT, st.booleans()),
    lambda values: st.one_of(
        st.lists(values, max_size=4),
        st.lists(values, max_size=4).map(tuple),
        st.sets(KEYS, max_size=4),
        st.dictionaries(KEYS, values, max_size=4),
    ),
    max_leaves=20,
)


def shape(value: object) -> object:
    """The value with every type spelled out: `True == 1 == 1.0` must not pass for each other."""
    if isinstance(value, dict):
        return [(shape(key), shape(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [shape(item) for item in value]
    if isinstance(value, set | frozenset):
        return type(value), sorted(repr(shape(item)) for item in value)
    return type(value), repr(value)


@given(value=VALUES)
def test_plain_values_arrive_as_they_were_sent(trip: Trip, value: object) -> None:
    arrived = trip(value)
    assert arrived == value
    assert shape(arrived) == shape(value)


@given(value=st.floats())
def test_every_float_keeps_its_bits(trip: Trip, value: float) -> None:
    arrived = trip(value)
    assert isinstance(arrived, float)
    assert struct.pack("d", arrived) == struct.pack("d", value)


def test_minus_zero_infinity_and_nan_are_values(trip: Trip) -> None:
    arrived = trip([-0.0, math.inf, -math.inf, math.nan])
    assert repr(arrived) == "[-0.0, inf, -inf, nan]"


def test_integers_of_up_to_4300_digits_cross(trip: Trip) -> None:
    for value in (2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**4299, 1 - 10**4300):
        assert trip(value) == value


def test_a_longer_integer_is_refused_by_name() -> None:
    for value in (10**4300, -(10**4300), 1 << 10**6):
        with pytest.raises(NotPlain, match=r"int of more than 4300 digits at \['n'\] is not plain data"):
            encode({"n": value}, Limits())


def test_long_bytes_cross_outside_of_the_header(trip: Trip) -> None:
    value = bytes(range(256)) * 1000
    assert trip([value, b"", value[:-1]]) == [value, b"", value[:-1]]


class AlwaysEqual(int):
    """The attack of row 4: a number that equals everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class Text(str):
    __slots__ = ()


class Items(list[int]):
    pass


class Stopwatch(datetime):
    pass


@pytest.mark.parametrize(
    ("value", "path", "name"),
    [
        (AlwaysEqual(1), "", "AlwaysEqual"),
        ([1, {"a": (0, Text("x"))}], "[1]['a'][1]", "Text"),
        ({"a": Items()}, "['a']", "Items"),
        ({"a": {1: Stopwatch.now()}}, "['a'][1]", "Stopwatch"),
        (OrderedDict(a=1), "", "collections.OrderedDict"),
        (Counter("ab"), "", "collections.Counter"),
        ([object()], "[0]", "object"),
        ([len], "[0]", "builtin_function_or_method"),
        (bytearray(b"x"), "", "bytearray"),
        (range(3), "", "range"),
        ([{"x": {Text("k"): 1}}], "[0]['x']", "Text as a key"),
        ({"x": {math.nan: 1}}, "['x']", "float as a key"),
        ({"x": {(1, (math.nan,))}}, "['x']", "tuple as a key"),
        ({"x": "\ud800"}, "['x']", "str with a lone surrogate"),
    ],
)
def test_what_cannot_travel_is_refused_with_its_place(value: object, path: str, name: str) -> None:
    with pytest.raises(NotPlain) as caught:
        encode(value, Limits())
    assert caught.value.path == path
    assert caught.value.type_name.rpartition(".")[2].endswith(name.rpartition(".")[2])


class Elsewhere(tzinfo):
    """A zone of the learner's own; without an offset it raises when it is asked."""

    def __init__(self, hours: int | None) -> None:
        self.hours = hours

    def utcoffset(self, _: datetime | None) -> timedelta:
        if self.hours is None:
            raise ZeroDivisionError
        return timedelta(hours=self.hours)

    def dst(self, _: datetime | None) -> None:
        return None

    def tzname(self, _: datetime | None) -> str:
        return "elsewhere"


def test_a_value_that_raises_when_it_is_read_cannot_travel() -> None:
    with pytest.raises(NotPlain, match="a value that raises ZeroDivisionError when it is read"):
        encode([datetime(2020, 1, 1, tzinfo=Elsewhere(None))], Limits())


def test_instants_of_other_zones_keep_their_offset(trip: Trip) -> None:
    arrived = trip(datetime(2020, 1, 1, tzinfo=Elsewhere(3)))
    assert arrived == datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=3)))


def test_dates_are_not_datetimes(trip: Trip) -> None:
    assert type(trip(date(2020, 1, 1))) is date


def test_a_value_that_holds_itself_is_too_deep() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(FrameError, match="nested deeper than 32"):
        encode(loop, Limits())


def test_depth_counts_containers(trip: Trip) -> None:
    value: object = 1
    for _ in range(32):
        value = [value]
    assert trip(value) == value
    with pytest.raises(FrameError, match="nested deeper than 32"):
        encode([value], Limits())


def test_the_sender_is_told_of_too_many_values_bytes_or_buffers() -> None:
    with pytest.raises(FrameError, match="more than 10 values"):
        encode(list(range(10)), Limits(max_nodes=10))
    with pytest.raises(FrameError, match="more than 1000 bytes"):
        encode(["x" * 2000], Limits(max_bytes=1000))
    with pytest.raises(FrameError, match="more than 1000 bytes"):
        encode([b"x" * 100_000], Limits(max_bytes=1000))
    with pytest.raises(FrameError, match="more than 1 buffers"):
        encode([b"x" * 100_000, b"x" * 100_000], Limits(max_buffers=1))
