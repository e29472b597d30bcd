"""What one look found, and how long a look may take."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec
from pushmark_graders.errors import PushmarkError

State = Literal["right", "wrong", "unknown"]
MARKS: dict[State, str] = {"right": "✓", "wrong": "✗", "unknown": "-"}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line: what was looked at, how it is, and what to do next. `unknown` waits for something else to be mended."""

    check: str
    state: State
    what: str
    next: str = ""

    def __str__(self) -> str:
        line = f"{MARKS[self.state]} {self.check}: {self.what}"
        return f"{line}; next: {self.next}" if self.next else line


Look = Callable[[], Iterator[Finding]]


def right(check: str, what: str) -> Finding:
    """It is as it should be."""
    return Finding(check=check, state="right", what=_on_one_line(what))


def wrong(check: str, what: str, step: str) -> Finding:
    """It has to be mended."""
    return Finding(check=check, state="wrong", what=_on_one_line(what), next=_on_one_line(step))


def unknown(check: str, why: str) -> Finding:
    """It cannot be told yet."""
    return Finding(check=check, state="unknown", what=_on_one_line(why))


def of(check: str, trouble: PushmarkError) -> Finding:
    """What a refusal says, as a finding."""
    return wrong(check, trouble.what, trouble.next_step or "see above")


def within(seconds: float, check: str, look: Look) -> Iterator[Finding]:
    """What `look` finds, as it comes; one that takes longer is left behind, and said to.

    A look may wait for a disk or a host that never answers. So it has a thread of its own, which ends with the process.
    """
    found: queue.SimpleQueue[Finding | None] = queue.SimpleQueue()

    def go() -> None:
        try:
            for one in look():
                found.put(one)
        except PushmarkError as trouble:
            found.put(of(check, trouble))
        except Exception as fault:  # one broken look must not hide the others
            found.put(wrong(check, f"{type(fault).__name__}: {fault}", "report this"))
        found.put(None)

    threading.Thread(target=go, name=f"pushmark-doctor-{check}", daemon=True).start()
    while True:
        try:
            one = found.get(timeout=seconds)
        except queue.Empty:
            yield wrong(check, f"no answer within {seconds:g} s", "see what it waits for: a disk, a host, or a lock")
            return
        if one is None:
            return
        yield one


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
