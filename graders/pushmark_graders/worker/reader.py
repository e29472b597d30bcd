"""Reads a frame's header and buffers back into values, believing nothing the sender says.

A check author sees plain data or a `FrameError`; nothing in between. `tree` describes the layout.
"""

from __future__ import annotations

import struct
import sys
from array import array

from pushmark_graders.worker.plain import FrameError, Handle, Limits
from pushmark_graders.worker.tree import ALIGNMENT, BY_OPERATION, COUNTS, DIGITS, is_key, specialist

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SAME_HASH = 64
MODULUS = sys.hash_info.modulus


class Reader:
    """Walks the streams of one header; every operand is asked for exactly once, in order."""

    def __init__(self, header: bytes | bytearray, body: memoryview, limits: Limits, live_tensors: bool) -> None:
        self.limits = limits
        self.live_tensors = live_tensors
        self.depth = 0
        ops, ints, floats, sizes, lengths, text = split(memoryview(header), limits)
        self.values = len(ops)
        self.op = iter(ops).__next__
        self.int = iter(ints).__next__
        self.float = iter(floats).__next__
        self.lengths = iter(lengths).__next__
        self.text_bytes = text
        self.text_at = 0
        self.buffers = iter(cut(body, sizes))
        self.streams = (iter(()),)

    def value(self) -> object:
        """Build the next value and everything in it."""
