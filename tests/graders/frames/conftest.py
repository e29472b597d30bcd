"""What the tests of frames share: a message through a whole frame, and a frame taken apart."""

from collections.abc import Callable

import pytest
from pushmark_graders.frames import Limits, decode, encode

Trip = Callable[..., object]
Split = Callable[[object], tuple[bytes, bytes]]
PREFIX_BYTES = 16


def split_frame(message: object) -> tuple[bytes, bytes]:
    frame = b"".join(encode(message, Limits()))
    end = PREFIX_BYTES + int.from_bytes(frame[4:8], "little")
    assert len(frame) == end + int.from_bytes(frame[8:16], "little")
    return frame[PREFIX_BYTES:end], frame[end:]


@pytest.fixture(scope="session")
def split() -> Split:
    """Encode a message, and return the header and the body of its frame."""
    return split_frame


@pytest.fixture(scope="session")
def trip() -> Trip:
    """Encode a message and decode its frame."""

    def through(message: object, *, live_tensors: bool = False) -> object:
        header, body = split_frame(message)
        return decode(header, bytearray(body), Limits(), live_tensors=live_tensors)

    return through
