"""What a worker prints: drained all the time, so that it never stalls, and kept up to a cap."""

import array
import fcntl
import os
import selectors
import termios
import threading
import time
from collections.abc import Callable
from typing import IO


class Output:
    """What the worker printed: drained all the time, kept up to a cap (its beginning or its end), dropped beyond it."""

    def __init__(
        self, stream: IO[bytes], cap: int, on_line: Callable[[str], None] | None = None, *, end: bool = False
    ) -> None:
        self._stream = stream
        self._cap = cap
        self._keep_end = end
        self._kept = bytearray()
        self._lost = 0
        self._line = bytearray()
        self._on_line = on_line
        self._lock = threading.RLock()  # a check's time limit may strike while it is held
        self._thread = threading.Thread(target=self._drain, name="worker-output", daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(self._stream, selectors.EVENT_READ)
            chunk = b"."
            while chunk:
                ready.select()
                with self._lock:  # `take` must never find bytes that left the pipe and are not kept yet
                    chunk = os.read(self._stream.fileno(), 65536)
                    self._keep(chunk)
                self._split(chunk)

    def _keep(self, chunk: bytes) -> None:
        self._kept += chunk
        over = max(len(self._kept) - self._cap, 0)
        self._lost += over
        if self._keep_end:
            del self._kept[:over]
        elif over:
            del self._kept[-over:]

    def _split(self, chunk: bytes) -> None:
        if self._on_line is not None:
            *lines, rest = (bytes(self._line) + chunk).split(b"\n")
            self._line = bytearray(rest[-4096:])
            for line in lines:
                self._on_line(line.decode("utf-8", "replace"))

    def take(self) -> str:
        """The text since the last call, after everything already written has arrived."""
        until = time.monotonic() + 0.2
        while _pending(self._stream) and time.monotonic() < until:
            time.sleep(0.0005)
        with self._lock:
            text = self._kept.decode("utf-8", "replace")
            if self._lost:
                remark = f"[... {self._lost:,} more bytes were dropped]"
                text = f"{remark}\n{text}" if self._keep_end else f"{text}\n{remark}"
            self._kept.clear()
            self._lost = 0
        return text

    def wait_closed(self, seconds: float) -> bool:
        """True once every writer, and so every descendant that kept its output, is gone."""
        self._thread.join(seconds)
        if self._thread.is_alive():
            return False
        self._stream.close()
        return True


def _pending(stream: IO[bytes]) -> int:
    if stream.closed:
        return 0
    count = array.array("i", [0])
    fcntl.ioctl(stream.fileno(), termios.FIONREAD, count)
    return count[0]
