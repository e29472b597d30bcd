"""What crosses between grader and worker: declared, size-capped plain data, and nothing else.

`wire` sends and receives, `tree` writes a value, `reader` reads one strictly; the other modules each know
the types of one library and are imported when such a value is met.
"""

from pushmark_graders.frames.plain import MIB, FrameError, Handle, Limits, NotPlain, Tensor
from pushmark_graders.frames.wire import MAGIC, decode, encode, receive, send

__all__ = [
    "MAGIC",
    "MIB",
    "FrameError",
    "Handle",
    "Limits",
    "NotPlain",
    "Tensor",
    "decode",
    "encode",
    "receive",
    "send",
]
