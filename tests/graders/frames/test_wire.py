"""Frames on a socket: sizes, deadlines, ends of streams, and senders that mean harm."""

import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest
from pushmark_graders.frames import FrameError, Limits, encode, receive, send

LIMITS = Limits()
SMALL = Limits(max_bytes=10_000)
Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def soon(seconds: float = 5.0) -> float:
    return time.monotonic() + seconds


def frame(message: object) -> bytes:
    return b"".join(encode(message, LIMITS))


def test_messages_arrive_in_order_and_whole(pair: Pair) -> None:
    ours, theirs = pair
    messages = [{"id": 1, "do": "call"}, None, [b"x" * 100_000, "y"]]
    for message in messages:
        send(ours, message, LIMITS, soon())
    assert [receive(theirs, LIMITS, soon()) for _ in messages] == messages


def test_a_large_message_crosses_while_the_other_side_reads(pair: Pair) -> None:
    ours, theirs = pair
    arrays = {f"a{number}": np.arange(number * 100) for number in range(700)}
    sender = threading.Thread(target=send, args=(ours, arrays, LIMITS, soon(60)))
    sender.start()
    arrived = receive(theirs, LIMITS, soon(60))
    sender.join()
    assert isinstance(arrived, dict)
    assert list(arrived) == list(arrays)
    assert all(np.array_equal(arrived[name], array) for name, array in arrays.items())


def test_a_sender_that_dribbles_is_late(pair: Pair) -> None:
    ours, theirs = pair
    stop = threading.Event()

    def dribble() -> None:
        with suppress(OSError):
            for byte in frame({"x": list(range(1000))}):
                if stop.wait(0.01):
                    return
                theirs.send(bytes([byte]))

    sender = threading.Thread(target=dribble)
    sender.start()
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        receive(ours, LIMITS, soon(0.3))
    assert time.monotonic() - start < 2
    stop.set()
    sender.join()


def test_a_silent_sender_is_late(pair: Pair) -> None:
    with pytest.raises(TimeoutError):
        receive(pair[0], LIMITS, soon(0.05))
    with pytest.raises(TimeoutError):
        receive(pair[0], LIMITS, soon(-1))


def test_a_receiver_that_does_not_read_is_late(pair: Pair) -> None:
    with pytest.raises(TimeoutError):
        send(pair[0], b"x" * 10_000_000, LIMITS, soon(0.1))


def test_the_sockets_own_timeout_is_put_back(pair: Pair) -> None:
    ours, theirs = pair
    ours.settimeout(7.0)
    send(theirs, 1, LIMITS, None)
    assert receive(ours, LIMITS, soon()) == 1
    assert ours.gettimeout() == 7.0
    with pytest.raises(TimeoutError):
        receive(ours, LIMITS, soon(0.01))
    assert ours.gettimeout() == 7.0


def test_a_stream_that_ends_is_an_end_of_file_wherever_it_ends(pair: Pair) -> None:
    whole = frame({"x": np.arange(100)})
    for cut in (0, 1, 15, 16, 40, len(whole) - 1):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(whole[:cut])
            theirs.shutdown(socket.SHUT_WR)
            with pytest.raises(EOFError):
                receive(ours, LIMITS, soon())


def test_a_peer_that_is_gone_is_a_connection_error(pair: Pair) -> None:
    ours, theirs = pair
    theirs.close()
    with pytest.raises(ConnectionError):
        send(ours, b"x" * 1_000_000, LIMITS, soon())


def test_a_frame_over_the_limit_is_refused_before_it_is_read(pair: Pair) -> None:
    ours, theirs = pair
    for header, body in ((10_001, 0), (1, 10_000), (0, 2**64 - 1), (2**32 - 1, 2**64 - 1)):
        theirs.sendall(struct.pack("<4sIQ", b"PMK1", header, body))
        with pytest.raises(FrameError, match="more than 10000 bytes"):
            receive(ours, SMALL, soon())


def test_a_frame_of_exactly_the_limit_crosses(pair: Pair) -> None:
    ours, theirs = pair
    message = ["x" * 5000]
    limits = Limits(max_bytes=len(frame(message)) - 16)
    send(ours, message, limits, soon())
    assert receive(theirs, limits, soon()) == message


def test_anything_else_on_the_socket_is_not_a_frame(pair: Pair) -> None:
    ours, theirs = pair
    theirs.sendall(b'{"id": 1, "ok": true}\n')
    with pytest.raises(FrameError, match="not a frame"):
        receive(ours, LIMITS, soon())


def test_an_early_frame_is_just_the_next_message(pair: Pair) -> None:
    """Ids are the caller's business: a frame sent ahead of its call is read as it is, and shows its own id."""
    ours, theirs = pair
    theirs.sendall(frame({"id": 2}) + frame({"id": 1}))
    assert receive(ours, LIMITS, soon()) == {"id": 2}
    assert receive(ours, LIMITS, soon()) == {"id": 1}


def test_what_cannot_be_sent_leaves_the_stream_in_step(pair: Pair) -> None:
    ours, theirs = pair
    with pytest.raises(TypeError):
        send(ours, [b"x" * 100_000, object()], LIMITS, soon())
    with pytest.raises(FrameError):
        send(ours, b"x" * 100_000, SMALL, soon())
    send(ours, "still in step", SMALL, soon())
    assert receive(theirs, SMALL, soon()) == "still in step"


def test_a_message_without_arrays_needs_no_library() -> None:
    code = """
import sys
before = set(sys.modules)
from pushmark_graders.frames import Limits, encode, decode
frame = b"".join(encode([{"x": 1}, 2.5, "text"], Limits()))
end = 16 + int.from_bytes(frame[4:8], "little")
assert decode(frame[16:end], frame[end:], Limits()) == [{"x": 1}, 2.5, "text"]
heavy = {"numpy", "pandas", "pyarrow", "torch", "msgspec", "typing", "dataclasses", "socket"}
print(sorted(heavy & (set(sys.modules) - before)))
"""
    shown = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"
