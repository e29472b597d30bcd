"""The decoder against senders that mean harm: a frame is either right or a `FrameError`, at little cost."""

import resource
import struct
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pushmark_graders.frames import FrameError, Handle, Limits, Tensor, decode
from pushmark_graders.frames.reader import SAME_HASH

from .conftest import Split, split_frame

LIMITS = Limits()
MODULUS = sys.hash_info.modulus


def header(  # one stream each, as a sender may write them
    ops: bytes,
    ints: tuple[int, ...] = (),
    floats: tuple[float, ...] = (),
    sizes: tuple[int, ...] = (),
    texts: tuple[bytes, ...] = (),
    tail: bytes = b"",
) -> bytes:
    text = b"".join(texts)
    counts = struct.pack("<IIIIIQ", len(ops), len(ints), len(floats), len(sizes), len(texts), len(text))
    streams = struct.pack(f"<{len(ints)}q{len(floats)}d{len(sizes)}Q", *ints, *floats, *sizes)
    return counts + streams + struct.pack(f"<{len(texts)}I", *map(len, texts)) + ops + text + tail


def test_the_header_above_is_what_the_encoder_writes(split: Split) -> None:
    message = {"x": [1, -2.5, None], "y": b"z"}
    written = header(b"mslidnsb", (2, 3, 1), (-2.5,), texts=(b"x", b"y", b"z"))
    assert split(message) == (written, b"")


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"", "too short"),
        (header(b"")[:-1], "too short"),
        (header(b""), "ends inside a value"),
        (header(b"n", tail=b"x"), "do not add up"),
        (header(b"n")[:-1], "do not add up"),
        (header(b"nn"), "goes on after its value"),
        (header(b"n", ints=(1,)), "goes on after its value"),
        (header(b"n", floats=(0.0,)), "goes on after its value"),
        (header(b"n", texts=(b"",)), "goes on after its value"),
        (header(b"n", sizes=(0,)), "goes on after its value"),
        (header(b"i"), "ends inside a value"),
        (header(b"d"), "ends inside a value"),
        (header(b"s"), "ends inside a value"),
        (header(b"B"), "ends inside a value"),
        (header(b"B", sizes=(1,)), "do not fit the body"),
        (header(b"B", sizes=(2**64 - 1,)), "do not fit the body"),
        (header(b"l", ints=(1,)), "ends inside a value"),
        (header(b"l", ints=(-1,)), "claims more items"),
        (header(b"l", ints=(2**62,)), "claims more items"),
        (header(b"m", ints=(2**62,)), "claims more items"),
        (header(b"\x00"), "unknown kind"),
        (header(b"\xff"), "unknown kind"),
        (header(b"s", texts=(b"\xff",)), "not UTF-8"),
        (header(b"s", texts=(b"\xed\xa0\x80",)), "not UTF-8"),
        (header(b"I", texts=(b"",)), "decimal digits"),
        (header(b"I", texts=(b"--1",)), "decimal digits"),
        (header(b"I", texts=(b"1_0",)), "decimal digits"),
        (header(b"I", texts=(b" 1",)), "decimal digits"),
        (header(b"I", texts=("٣".encode(),)), "decimal digits"),
        (header(b"I", texts=(b"9" * 4301,)), "decimal digits"),
        (header(b"msnsn", ints=(2,), texts=(b"k", b"k")), "a key twice"),
        (header(b"minfn", ints=(2, 0)), "a key twice"),
        (header(b"mitdt", ints=(2, 1), floats=(1.0,)), "a key twice"),
        (header(b"eii", ints=(2, 7, 7)), "a member twice"),
        (header(b"mdn", ints=(1,), floats=(float("nan"),)), "a float as a key"),
        (header(b"mudn", ints=(1, 1), floats=(float("nan"),)), "a tuple as a key"),
        (header(b"mln", ints=(1, 0)), "a list as a key"),
        (header(b"mmn", ints=(1, 0)), "a dict as a key"),
        (header(b"eul", ints=(1, 1, 0)), "a tuple as a key"),
        (header(b"mhn", ints=(1, 1, 0), texts=(b"x",)), "a Handle as a key"),
        (header(b"mVn", ints=(1,)), "a NAType as a key"),
        (header(b"mvn", ints=(1,)), "a NaTType as a key"),
        (header(b"h", ints=(1, 2), texts=(b"x",)), "handle is malformed"),
        (header(b"h", ints=(1, 1), texts=(b"x" * 201,)), "handle is malformed"),
        (header(b"w", ints=(2020, 13, 1, 0, 0, 0, 0, 0), texts=(b"",)), "cannot be built"),
        (header(b"w", ints=(2020, 1, 1, 0, 0, 0, 0, 0), texts=(b"../../etc/passwd",)), "malformed time zone"),
        (header(b"w", ints=(2020, 1, 1, 0, 0, 0, 0, 0), texts=(b"/etc/passwd",)), "malformed time zone"),
        (header(b"w", ints=(2020, 1, 1, 0, 0, 0, 0, 0), texts=(b"Europe",)), "unknown time zone"),
        (header(b"w", ints=(2020, 1, 1, 0, 0, 0, 0, 0), texts=(b"Europe/Atlantis",)), "unknown time zone"),
        (header(b"w", ints=(2020, 1, 1, 0, 0, 0, 0, 0), texts=(b"+99999",)), "cannot be built"),
        (header(b"k", ints=(1, 86_400, 0)), "out of range"),
        (header(b"k", ints=(2**60, 0, 0)), "cannot be built"),
        (header(b"T", ints=(0,), sizes=(0,), texts=(b"float64", b"f4")), "does not fit its shape"),
        (header(b"P", ints=(1,), texts=(b"Y", b"")), "instant is malformed"),
        (header(b"P", ints=(-(2**63),), texts=(b"ns", b"")), "instant is malformed"),
        (header(b"Xr", ints=(0, 2**40, 1)), "ends inside a value"),
        (header(b"Xrn", ints=(0, 2**40, 1)), "range index is out of bounds"),
        (header(b"Xrn", ints=(0, 5, 0)), "cannot be built"),
        (header(b"Drnrnc", ints=(0, 0, 1, 0, 2**40, 1)), "range index is out of bounds"),
        (header(b"Drnrnc", ints=(0, 2**40, 1, 0, 1, 1)), "range index is out of bounds"),
        (header(b"Drnrnc", ints=(0, 9, 1, 0, 1, 1)), "ends inside a value"),
        (header(b"Drnrn?", ints=(0, 0, 1, 0, 0, 1)), "unknown layout"),
        (header(b"X?"), "unknown kind of index"),
        (header(b"XMn", ints=(0,)), "cannot be built"),
        (header(b"Snrn?", ints=(0, 0, 1)), "unknown kind of column"),
        (header(b"SnrnL", ints=(0, 0, 1, 0)), "unknown kind of column"),
        (header(b"Slrn", ints=(0, 0, 0, 1)), "a name that is not a plain scalar"),
        (header(b"W", ints=(-1,)), "more columns"),
        (header(b"Wn", ints=(1, 2**40), texts=(b"x",)), "column of nulls is out of bounds"),
        (header(b"W?", ints=(1,), texts=(b"x",)), "unknown kind of column"),
    ],
)
def test_a_malformed_frame_is_refused_by_what_is_wrong_with_it(bad: bytes, says: str) -> None:
    with pytest.raises(FrameError, match=says):
        decode(bad, b"", LIMITS)


def test_leftover_or_dirty_bytes_of_the_body_are_refused(split: Split) -> None:
    good, body = split(np.arange(3))
    assert len(body) == 32
    with pytest.raises(FrameError, match="goes on after its buffers"):
        decode(good, body + bytes(16), LIMITS)
    with pytest.raises(FrameError, match="do not fit the body"):
        decode(good, body[:-1], LIMITS)
    with pytest.raises(FrameError, match="do not fit the body"):
        decode(good, body[:-1] + b"\x01", LIMITS)


@pytest.mark.parametrize("op", [b"l", b"u", b"e", b"z", b"m", b"C"])
def test_nesting_is_cut_off_at_the_limit(op: bytes) -> None:
    with pytest.raises(FrameError, match=r"nested deeper than 32|unknown kind"):
        decode(header(op * 100_000, ints=(1,) * 100_000), b"", LIMITS)


def test_categories_of_categories_are_cut_off_at_the_limit() -> None:
    levels = 10_000
    nested = header(b"E" + b"C" * levels, (0, 1, 0) * levels, sizes=(0,) * 4096, texts=(b"i1",) * levels)
    with pytest.raises(FrameError, match="nested deeper than 32"):
        decode(nested, b"", LIMITS)


def test_the_limits_hold_for_the_receiver_too(split: Split) -> None:
    good, body = split([1, 2, b"x" * 100_000, b"y" * 100_000])
    with pytest.raises(FrameError, match="more than 4 values"):
        decode(good, body, Limits(max_nodes=4))
    with pytest.raises(FrameError, match="more than 1 buffers"):
        decode(good, body, Limits(max_buffers=1))


def test_operands_without_values_are_refused_before_they_are_copied() -> None:
    with pytest.raises(FrameError, match="more operands than its values can use"):
        decode(header(b"n", ints=(0,) * 1000), b"", LIMITS)


@pytest.mark.parametrize(
    "collide",
    [
        lambda number: number * MODULUS + 5,
        lambda number: complex(-1000003 * number, number),
        lambda number: (number * MODULUS, "a"),
        lambda number: frozenset([number * MODULUS + 5]),
    ],
    ids=["int", "complex", "tuple", "frozenset"],
)
def test_keys_that_share_a_hash_by_the_thousand_are_refused(collide: Callable[[int], object]) -> None:
    few = {collide(number): None for number in range(SAME_HASH)}
    many = {collide(number): None for number in range(1, 2 * SAME_HASH)}
    assert decode(*split_frame(few), LIMITS) == few
    with pytest.raises(FrameError, match="share one hash"):
        decode(*split_frame(many), LIMITS)


def test_honest_keys_of_every_kind_are_many() -> None:
    keys: set[object] = {*range(-5000, 5000), *(number / 7 for number in range(5000))}
    keys |= {(number, number % 7) for number in range(5000)} | {2**number for number in range(3000)}
    assert decode(*split_frame(keys), LIMITS) == keys


FRAME = pd.DataFrame(
    {
        "i": [1, 2, 3],
        "s": ["a", None, "ü"],
        "o": pd.Series(["a", None, float("nan")], dtype=object),
        "c": pd.Categorical(["x", "y", "x"]),
        "n": pd.array([1, None, 3], dtype="Int16"),
        "z": pd.date_range("2020", periods=3, tz="Europe/Berlin"),
    },
    index=pd.MultiIndex.from_arrays([["p", "q", "r"], [1, 2, 3]], names=["k", None]),
)
SAMPLES = [
    {"id": 1, "ok": [1, 2.5, None, True, "ü", b"x", (1, 2), {1, 2}, 2**100]},
    {"a": np.arange(6).reshape(2, 3), "u": np.array(["ab", "c"]), "b": np.array([True, False]), "s": np.float32(1)},
    [np.array(["a", None], dtype=object), Tensor(np.ones((2, 2), np.float32)), Handle(3, "x.Y", True)],
    FRAME,
    [FRAME["s"], FRAME.index, pd.Timestamp("2020", tz="UTC"), pd.date_range("2020", periods=3)],
    pa.table({"s": ["a", None, "ü"], "d": pa.array(["x", "y", "x"]).dictionary_encode(), "t": [1.0, None, 2.0]}),
]
FRAMES = [split_frame(sample) for sample in SAMPLES]
FUZZED = Limits(max_bytes=1 << 20, max_nodes=1000)


@pytest.mark.filterwarnings("ignore")  # pandas warns about a frequency or a date that only a fuzzer writes
@settings(max_examples=600, deadline=None)
@given(
    number=st.integers(0, len(FRAMES) - 1),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=4),
    cut=st.none() | st.floats(0, 1),
)
@example(number=0, flips=[(0.0, 1)], cut=None)
def test_damaged_frames_are_a_frame_error_or_a_value(
    number: int, flips: list[tuple[float, int]], cut: float | None
) -> None:
    """Never another exception, and never more memory than a few times the limit."""
    start, rest = FRAMES[number]
    whole = bytearray(start + rest)
    for place, mask in flips:
        whole[int(place * len(whole))] ^= mask
    if cut is not None:
        whole = whole[: int(cut * len(whole))]
    tracemalloc.start()
    with suppress(FrameError):
        decode(bytes(whole[: len(start)]), whole[len(start) :], FUZZED)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


@settings(max_examples=300, deadline=None)
@given(ops=st.binary(max_size=40), ints=st.lists(st.integers(-3, 40), max_size=40), text=st.binary(max_size=8))
def test_headers_of_random_operations_are_a_frame_error_or_a_value(ops: bytes, ints: list[int], text: bytes) -> None:
    operations = bytes(b"ntfiIdcsbBlueZzmhwykAGUODSXEPQVvTWrMxLKkCZaRc"[op % 45] for op in ops)
    bad = header(operations, tuple(ints), (0.5,) * 4, (0,) * 4, (text, b"f8", b"x", b""))
    with suppress(FrameError):
        decode(bad, b"", FUZZED)


def test_a_bomb_costs_no_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bombs = [
        header(b"A", ints=(2, 2**60, 0), sizes=(0,), texts=(b"f8",)),
        header(b"A", ints=(3, 2**31, 2**31, 2**31), sizes=(0,), texts=(b"f8",)),
        header(b"A", ints=(1, 2**40), sizes=(0,), texts=(b"f8",)),
        header(b"A", ints=(1, 0), sizes=(0,), texts=(b"U999999999",)),
        header(b"O", ints=(1, 2**40, 2**40), sizes=(0, 0, 0)),
        header(b"l" * 1000, ints=(1000,) * 1000),
    ]
    for bomb in bombs:
        with suppress(FrameError):
            decode(bomb, b"", LIMITS)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
