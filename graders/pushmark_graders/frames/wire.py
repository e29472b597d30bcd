"""Frames: how a call reaches the worker and an answer comes back, as declared, size-capped plain data.

A check author never sees a frame, only what it protects: an answer is plain data or the call failed. There is no
pickle, no Arrow IPC and no `eval` here; the sizes of a frame are checked before memory is set aside for it, and one
deadline covers the whole frame, so a sender that dribbles is as late as one that is silent.

    magic "PMK1" | header length (u32) | body length (u64) | header (see `tree`) | buffers, each padded to 16 bytes

After `FrameError`, `EOFError` or `TimeoutError` the stream is out of step and has no further use.
"""

from __future__ import annotations

import struct
from time import monotonic

from pushmark_graders.frames.plain import FrameError, Limits, NotPlain
from pushmark_graders.frames.reader import Reader
from pushmark_graders.frames.tree import ALIGNMENT, Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket


MAGIC = b"PMK1"
PREFIX = struct.Struct("<4sIQ")
PADDING = bytes(ALIGNMENT)
CHUNKS = 512  # per writev; Linux takes 1024: https://man7.org/linux/man-pages/man2/writev.2.html


def encode(message: object, limits: Limits) -> list[bytes | memoryview]:
    """Return the frame of a message, as chunks that share the memory of its arrays.

    Raises `NotPlain` for a value that cannot travel and `FrameError` for one that is over the limits.
    """
    writer = Writer(limits)
    try:
        writer.value(message)
        header = writer.header()
    except (NotPlain, FrameError):
        raise
    except Exception as error:  # a time zone, a dtype or a proxy of the learner's own may raise when it is looked at
        raise NotPlain(f"a value that raises {type(error).__name__} when it is read") from error
    chunks: list[bytes | memoryview] = []
    for data in writer.buffers:
        chunks.append(data)
        chunks.append(PADDING[: -len(data) % ALIGNMENT])
    body = sum(map(len, chunks))
    if len(header) + body > limits.max_bytes:
        raise FrameError(f"more than {limits.max_bytes} bytes")
    return [PREFIX.pack(MAGIC, len(header), body) + header, *filter(len, chunks)]


def decode(
    header: bytes | bytearray, body: bytes | bytearray | memoryview, limits: Limits, *, live_tensors: bool = False
) -> object:
    """Return the message of a frame's header and body; arrays share the memory of the body.

    Raises `FrameError`, and nothing else, for whatever is wrong with them.
    """
    try:
        return Reader(header, memoryview(body), limits, live_tensors).whole()
    except FrameError:
        raise
    except ImportError as error:
        raise FrameError(f"a value needs {error.name}, which is not installed here") from error
    except Exception as error:  # whatever a library says about hostile operands is the sender's fault, not the grader's
        raise FrameError(f"a value cannot be built: {type(error).__name__}") from error


def send(sock: socket.socket, message: object, limits: Limits, deadline: float | None) -> None:
    """Send one message; `deadline` is a `time.monotonic` instant for the whole of it.

    Raises `TimeoutError`, or `ConnectionError` when the peer is gone. Nothing has been sent yet, and the stream is
    still in step, when it raises what `encode` raises.
    """
    chunks = [memoryview(chunk) for chunk in encode(message, limits)]
    timeout = sock.gettimeout()
    try:
        while chunks:
            sock.settimeout(remaining(deadline))
            sent = sock.sendmsg(chunks[:CHUNKS])
            while chunks and sent >= len(chunks[0]):
                sent -= len(chunks.pop(0))
            if sent:
                chunks[0] = chunks[0][sent:]
    finally:
        sock.settimeout(timeout)


def receive(sock: socket.socket, limits: Limits, deadline: float | None, *, live_tensors: bool = False) -> object:
    """Receive one message; `deadline` is a `time.monotonic` instant for the whole of it.

    With `live_tensors`, a `Tensor` becomes a `torch.Tensor`. Raises `TimeoutError`, `EOFError` when the stream ends,
    `ConnectionError`, and `FrameError` for a frame that is malformed or over the limits.
    """
    timeout = sock.gettimeout()
    try:
        magic, header_bytes, body_bytes = PREFIX.unpack(_read(sock, PREFIX.size, deadline))
        if magic != MAGIC:
            raise FrameError("not a frame")
        if header_bytes + body_bytes > limits.max_bytes:
            raise FrameError(f"more than {limits.max_bytes} bytes")
        header = _read(sock, header_bytes, deadline)
        body = _read(sock, body_bytes, deadline)
    finally:
        sock.settimeout(timeout)
    return decode(header, body, limits, live_tensors=live_tensors)


def remaining(deadline: float | None) -> float | None:
    """Return the seconds left for a socket call, or raise `TimeoutError`."""
    if deadline is None:
        return None
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left


def _read(sock: socket.socket, size: int, deadline: float | None) -> bytearray:
    data = bytearray(size)  # zeroed pages that are not touched yet cost no memory
    view = memoryview(data)
    at = 0
    while at < size:
        sock.settimeout(remaining(deadline))
        got = sock.recv_into(view[at:])
        if not got:
            raise EOFError("the stream ends inside a frame" if at else "the stream ended")
        at += got
    return data
