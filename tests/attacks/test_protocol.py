"""A peer that says anything at all on a worker's socket: the grader gets the exact value or a fault of the learner's.

`tests/graders/frames` shows what the codec refuses, one by one. Here one valid exchange is distorted in every way that
keeps a relation: what is cut, moved, repeated or mixed must be noticed, what is only cut into other pieces must not.
"""

import contextlib
import importlib
import itertools
import math
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pushmark_graders.frames import Handle, Limits, encode
from pushmark_graders.frames.wire import MAGIC, PREFIX
from pushmark_graders.submission.errors import (
    Died,
    Garbled,
    MissingName,
    NotAnAnswer,
    Raised,
    SubmissionError,
    TimedOut,
)
from pushmark_graders.submission.proxy import Connection, Remote
from pushmark_graders.worker import launcher
from pushmark_graders.worker.launched import Launched
from pushmark_graders.worker.policy import local

LIMITS = Limits()
FRAME_MB = 1
SECONDS = 0.4
MARGIN = 1.0
"""How much later than its deadline a call may end on a busy machine."""

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
POLICY = replace(local(), call_seconds=SECONDS, import_seconds=SECONDS, frame_mb=FRAME_MB)

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | st.complex_numbers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=4)
    ),
    max_leaves=12,
)


class Silent:
    """Output of a worker that prints nothing."""

    def take(self) -> str:
        return ""


@dataclass
class Peer:
    """Stands for a launched worker: its end of the socket is the test's."""

    socket: socket.socket
    output: Silent
    status: int | None = None
    is_warm: bool = True

    def exit_status(self, _seconds: float = 0.0) -> int | None:
        return self.status

    def end(self) -> None:
        self.socket.close()


Script = Callable[[socket.socket], None]


class Stage:
    """Connections whose workers are scripts: each worker runs the next script with its end of the socket."""

    def __init__(self) -> None:
        self.scripts: list[Script] = []
        self._running: list[tuple[threading.Thread, socket.socket]] = []

    def begin(self, *_arguments: object, **_keywords: object) -> "Stage":
        """What starts is finished by this stage itself."""
        return self

    def end(self) -> None:
        """Nothing has started yet."""

    def finish(self) -> tuple[Launched, launcher.Hello]:
        ours, theirs = socket.socketpair()
        script = self.scripts.pop(0)
        thread = threading.Thread(target=_play, args=(script, theirs), daemon=True)
        self._running.append((thread, theirs))
        thread.start()
        return cast("Launched", Peer(ours, Silent())), launcher.Hello([], {})

    def connect(self, *scripts: Script, policy: Any = POLICY) -> Connection:
        self.scripts = list(scripts)
        return Connection(policy, Path("/nowhere"), source=".")

    def close(self) -> None:
        for thread, theirs in self._running:
            with contextlib.suppress(OSError):
                theirs.shutdown(socket.SHUT_RDWR)
            thread.join(5.0)
            theirs.close()
            assert not thread.is_alive()
        self._running.clear()


def _play(script: Script, theirs: socket.socket) -> None:
    with contextlib.suppress(OSError):
        script(theirs)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    made = Stage()
    monkeypatch.setattr(launcher, "begin", made.begin)
    yield made
    made.close()


def frame(message: object, limits: Limits = LIMITS) -> bytes:
    return b"".join(encode(message, limits))


def reply(number: int, value: object) -> bytes:
    return frame({"id": number, "ok": value})


def says(*pieces: bytes, pause: float = 0.0, then_closes: bool = True) -> Script:
    """Send the pieces without listening, as a submission that wrote into the socket does."""

    def script(theirs: socket.socket) -> None:
        for piece in pieces:
            theirs.sendall(piece)
            if pause:
                time.sleep(pause)
        if then_closes:
            theirs.shutdown(socket.SHUT_WR)
            while theirs.recv(65536):  # what the grader sends is read, so that it never waits to send
                continue

    return script


def ask(connection: Connection) -> Any:
    return connection.request("call", "shop", "total", [1.0])


def outcome(connection: Connection) -> Any:
    """The value, or the kind of fault; anything else than a fault of the learner's breaks the test, and so does a
    call that ends late."""
    started = time.monotonic()
    try:
        return ask(connection)
    except SubmissionError as error:
        return type(error)
    finally:
        assert time.monotonic() - started < SECONDS + MARGIN
        connection.end()


def same(left: object, right: object) -> bool:
    """Equal in type and value, NaN to NaN and zero to a zero of the same sign."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float) and isinstance(right, float):
        return struct.pack("d", left) == struct.pack("d", right) or (math.isnan(left) and math.isnan(right))
    if isinstance(left, complex) and isinstance(right, complex):
        return same(left.real, right.real) and same(left.imag, right.imag)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return same(list(left.items()), list(right.items()))
    return left == right


@QUICK
@given(value=plain, cuts=st.lists(st.floats(0, 1), max_size=6))
def test_an_answer_is_exact_however_it_is_cut_into_pieces(value: object, cuts: list[float], stage: Stage) -> None:
    whole = reply(1, value)
    places = [0, *sorted(int(cut * len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[start:end] for start, end in itertools.pairwise(places)]
    connection = stage.connect(says(*pieces))
    assert same(outcome(connection), value)
    stage.close()


@QUICK
@given(left=plain, right=plain)
def test_what_differs_arrives_as_different(left: object, right: object) -> None:
    """No two values share a frame, so no answer can be read as another."""
    assert (frame(left) == frame(right)) <= same(left, right)


def test_an_answer_cut_off_anywhere_is_a_worker_that_ended(stage: Stage) -> None:
    whole = reply(1, {"x": [1, 2.5, None], "y": np.arange(3)})
    for end in range(len(whole)):
        assert outcome(stage.connect(says(whole[:end]))) is Died, end
        stage.close()


@pytest.mark.parametrize("end", [0, 1, 15, 16, 40])
def test_an_answer_that_stops_in_the_middle_is_late(end: int, stage: Stage) -> None:
    assert outcome(stage.connect(says(reply(1, [1.0] * 20)[:end], then_closes=False))) is TimedOut


@QUICK
@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_a_changed_byte_is_another_answer_or_a_fault(place: float, byte: int, stage: Stage) -> None:
    whole = bytearray(reply(1, {"a": [1, True, 2.5], "b": "text", "c": b"bytes"}))
    whole[int(place * len(whole))] = byte
    got = outcome(stage.connect(says(bytes(whole))))
    assert got in (Died, Garbled, TimedOut, NotAnAnswer, Raised, MissingName) or isinstance(got, dict | Remote | list)
    stage.close()


@QUICK
@given(garbage=st.binary(min_size=1, max_size=80), after=st.booleans())
@example(garbage=b"HTTP/1.1 200 OK\r\n\r\n", after=False)
@example(garbage=PREFIX.pack(MAGIC, 0, 0), after=False)
@example(garbage=PREFIX.pack(MAGIC, 2**32 - 1, 2**64 - 1), after=True)
def test_garbage_before_an_answer_spoils_it_and_garbage_after_it_spoils_the_next(
    garbage: bytes, after: bool, stage: Stage
) -> None:
    answers = [reply(1, 4.0), garbage, reply(2, 4.0)] if after else [garbage, reply(1, 4.0), reply(2, 4.0)]
    connection = stage.connect(says(*answers), says())
    if after:
        assert ask(connection) == 4.0
    assert outcome(connection) in (Garbled, Died, TimedOut)
    stage.close()


@pytest.mark.parametrize(
    "number",
    [0, -1, 2, 10**30, True, 1.0, "1", b"1", None, [1], (1,), {1: 1}, np.int64(1), np.array(1), np.array([1]), 1 + 0j],
    ids=repr,
)
def test_only_the_number_of_the_call_itself_is_its_number(number: object, stage: Stage) -> None:
    assert outcome(stage.connect(says(frame({"id": number, "ok": 4.0})))) is Garbled


@pytest.mark.parametrize(
    "message",
    [
        4.0,
        None,
        [],
        [1, 4.0],
        {},
        {"id": 1},
        {"ok": 4.0},
        {"id": 1, "ok": 4.0, "passed": True},
        {"id": 1, 2: 3, "ok": 4.0},
        {b"id": 1, b"ok": 4.0},
        {"ID": 1, "ok": 4.0},
        np.array([1.0]),
        Handle(1, "x", True),
    ],
    ids=repr,
)
def test_a_message_of_another_shape_is_no_answer(message: object, stage: Stage) -> None:
    assert outcome(stage.connect(says(frame(message)))) is Garbled


ODD: list[object] = [
    None,
    0,
    -1,
    2**70,
    math.nan,
    "",
    "x" * 90_000,
    "\ud7ff\u202e\x1b[2J",
    b"\xff",
    [],
    ["a", 1],
    ["", ""],
    {},
    {"a": 1},
]
ODD += [
    [["deep"]],
    [1, 2, 3],
    np.zeros(3),
    Handle(-(2**63), "<img>" * 30, False),
    {"text": 5, "builtin": ["a"], "path": {}, "line": True},
]


@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:30])
@pytest.mark.parametrize(
    ("key", "fault"), [("missing", MissingName), ("raised", Raised), ("unplain", NotAnAnswer), ("other", NotAnAnswer)]
)
def test_an_account_of_a_fault_is_believed_no_further_than_that_there_was_one(
    key: str, fault: type[SubmissionError], value: object, stage: Stage
) -> None:
    connection = stage.connect(says(frame({"id": 1, key: value})))
    with pytest.raises(fault) as caught:
        ask(connection)
    assert len(caught.value.public) < 20_000
    assert len(caught.value.kind) < 200
    assert caught.value.location is None
    connection.end()


@QUICK
@given(numbers=st.lists(st.integers(0, 6), min_size=1, max_size=6))
def test_answers_in_any_order_are_right_as_long_as_they_are_in_turn(numbers: list[int], stage: Stage) -> None:
    """Early, late, repeated: the call whose turn it is gets its own answer or a fault, never another call's."""
    connection = stage.connect(says(*[reply(number, number * 10) for number in numbers]), says())
    for turn, number in enumerate(numbers, 1):
        if number == turn:
            assert ask(connection) == turn * 10
        else:
            assert outcome(connection) is Garbled
            break
    connection.end()
    stage.close()


def test_a_fault_ends_the_worker_so_that_its_later_answers_reach_nobody(stage: Stage) -> None:
    early = says(reply(7, 0.0), *[reply(number, 4.0) for number in range(1, 30)])
    connection = stage.connect(early, says(reply(2, -1.0)))
    with pytest.raises(Garbled):
        ask(connection)
    assert ask(connection) == -1.0
    connection.end()


def test_an_answer_that_trickles_is_late_however_steadily(stage: Stage) -> None:
    whole = reply(1, 4.0)
    pieces = [whole[place : place + 1] for place in range(len(whole))]
    assert outcome(stage.connect(says(*pieces, pause=0.05))) is TimedOut


def test_a_peer_that_never_reads_is_late(stage: Stage) -> None:
    connection = stage.connect(lambda _theirs: time.sleep(2 * SECONDS))
    started = time.monotonic()
    with pytest.raises(TimedOut):
        connection.request("call", "shop", "total", [b"x" * (1 << 20)])
    assert time.monotonic() - started < SECONDS + MARGIN
    connection.end()


def test_a_flood_after_the_answer_costs_nothing(stage: Stage) -> None:
    connection = stage.connect(says(reply(1, 4.0), *[b"\0" * (1 << 20)] * 8, then_closes=False))
    assert ask(connection) == 4.0
    assert outcome(connection) is Garbled


@pytest.mark.parametrize(
    "prefix",
    [
        PREFIX.pack(MAGIC, FRAME_MB << 20, 1),
        PREFIX.pack(MAGIC, 1, FRAME_MB << 20),
        PREFIX.pack(MAGIC, 0, 2**63),
        PREFIX.pack(MAGIC, 2**32 - 1, 0),
        PREFIX.pack(MAGIC, 2**32 - 1, 2**64 - 1),
    ],
)
def test_a_frame_over_the_limit_is_refused_by_its_first_bytes(prefix: bytes, stage: Stage) -> None:
    assert outcome(stage.connect(says(prefix, then_closes=False))) is Garbled


def bombs() -> Iterator[bytes]:
    """Frames within the limit of bytes that would unfold to more than memory holds."""

    def header(
        ops: bytes, ints: tuple[int, ...] = (), sizes: tuple[int, ...] = (), texts: tuple[bytes, ...] = ()
    ) -> bytes:
        text = b"".join(texts)
        counts = struct.pack("<IIIIIQ", len(ops), len(ints), 0, len(sizes), len(texts), len(text))
        streams = struct.pack(f"<{len(ints)}q{len(sizes)}Q{len(texts)}I", *ints, *sizes, *map(len, texts))
        head = counts + streams + ops + text
        return PREFIX.pack(MAGIC, len(head), 0) + head

    answer = (b"msis", (2, 1), (b"id", b"ok"))
    deep = 900
    yield header(answer[0] + b"l" * deep + b"n", answer[1] + (1,) * deep, (), answer[2])
    yield header(answer[0] + b"l", (*answer[1], 2**62), (), answer[2])
    yield header(answer[0] + b"m", (*answer[1], 2**31), (), answer[2])
    yield header(answer[0] + b"A", (*answer[1], 2, 2**31, 2**31), (0,), (*answer[2], b"f8"))
    yield header(answer[0] + b"A", (*answer[1], 1, 0), (0,), (*answer[2], b"U2147483647"))
    yield header(answer[0] + b"O", (*answer[1], 1, 2**40, 2**40), (0, 0, 0), answer[2])
    yield header(answer[0] + b"Xrn", (*answer[1], 0, 2**62, 1), (), answer[2])
    yield header(answer[0] + b"Wn", (*answer[1], 1, 2**62), (), (*answer[2], b"x"))
    yield header(answer[0] + b"I", answer[1], (), (*answer[2], b"9" * 900_000))
    yield header(b"msissn", (2, 1), (), (b"id", b"id", b"ok"))
    yield header(b"l" + b"n" * 50_000, (50_000,))


def test_no_frame_takes_more_memory_than_a_few_times_its_limit(stage: Stage) -> None:
    for library in ("numpy", "pandas", "pyarrow"):
        importlib.import_module(library)  # what they take themselves is not the frame's doing
    for number, bomb in enumerate(bombs()):
        connection = stage.connect(says(bomb))
        tracemalloc.start()
        assert outcome(connection) in (Garbled, NotAnAnswer), number
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        stage.close()
        assert peak < 20 * (FRAME_MB << 20), number


def test_descriptors_that_come_with_an_answer_go_nowhere(stage: Stage) -> None:
    def script(theirs: socket.socket) -> None:
        with Path("/dev/null").open() as file:
            for piece in (reply(1, 4.0)[:20], reply(1, 4.0)[20:]):
                socket.send_fds(theirs, [piece], [file.fileno()] * 200)
        theirs.recv(65536)

    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 0
    connection = stage.connect(script)
    assert ask(connection) == 4.0
    connection.end()
    stage.close()
    after = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 0
    assert after <= before


@QUICK
@given(
    scripts=st.lists(
        st.lists(
            st.binary(max_size=30) | st.sampled_from([reply(1, 4.0), reply(2, True), frame({"id": 3})]), max_size=5
        ),
        min_size=3,
        max_size=3,
    )
)
def test_whatever_three_workers_say_three_calls_end_in_a_value_or_a_fault(
    scripts: list[list[bytes]], stage: Stage
) -> None:
    connection = stage.connect(*[says(*pieces) for pieces in scripts])
    for _ in range(3):
        with contextlib.suppress(SubmissionError):
            assert ask(connection) in (4.0, True)
    connection.end()
    stage.close()
