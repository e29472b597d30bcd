"""Grader processes that share one queue: each takes the next submission when it is free.

A grader that dies is replaced, and its submission tried once more; one that takes too long is ended, and its
submission is not graded. Nothing is left running when the caller is through, however that comes about.
"""

import contextlib
import os
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Self

import msgspec

from pushmark_graders import cache, frames, process
from pushmark_graders.cohort import grader, protocol
from pushmark_graders.cohort.protocol import Answer, Setup, Task
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.worker.pool import Pool
from pushmark_graders.worker.surroundings import one_thread

_TRIES = 2
_END_SECONDS = 15.0
_NOT_FOR_GRADERS = ("PUSHMARK_SEED",)
_GONE = (OSError, EOFError, frames.FrameError, msgspec.DecodeError)


class Grader:
    """One grader process, and what it works on."""

    def __init__(self, setup: Setup) -> None:
        ours, theirs = socket.socketpair()
        environment = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_GRADERS}
        environment |= one_thread()  # as many graders as cores: threads of theirs would only wait for each other
        environment["XDG_CACHE_HOME"] = str(cache.folder().parent.absolute())  # it starts in another folder
        try:
            with theirs:
                self._child = process.spawn(
                    [sys.executable, "-I", grader.__file__], socket_for_child=theirs, env=environment
                )
        except CouldNotGrade:
            ours.close()
            raise
        self.socket = ours
        self.task: Task | None = None
        self.deadline = 0.0
        with contextlib.suppress(OSError):  # it ended already: the first task will say so
            protocol.send(ours, setup)

    @property
    def pid(self) -> int:
        return self._child.pid

    def give(self, task: Task, seconds: float) -> None:
        """Let it work on `task`, which is late after `seconds`."""
        self.task, self.deadline = task, time.monotonic() + seconds
        with contextlib.suppress(OSError):  # it ended already: so does its socket
            protocol.send(self.socket, task)

    def answer(self) -> Answer | None:
        """What it has to say; None when it died."""
        try:
            return protocol.receive(self.socket, Answer)
        except _GONE:
            return None

    def dismiss(self) -> None:
        """Let it end by itself, which an idle one does at once."""
        self.socket.close()

    def stop(self) -> None:
        """End it in the midst of its work; it takes its workers and their folders with it."""
        self.socket.close()
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)

    def wait(self, until: float) -> str:
        """Wait for its end, and kill it at `until`; returns what it last said, if it never got to work."""
        try:
            self._child.wait(max(0.0, until - time.monotonic()))
        except process.Timeout:
            self._child.kill()
            self._child.wait()
        assert self._child.stdout is not None
        with self._child.stdout as output:
            os.set_blocking(output.fileno(), False)  # a worker may hold the other end a moment longer
            return (output.read() or b"").decode("utf-8", "replace").strip()[-1000:]


class Farm:
    """At most `most` graders, started when there is something to do; all ended at the end of the `with` block.

    They share one fork server with `libraries`, unless workers shall be cold.
    """

    def __init__(self, setup: Setup, most: int, seconds: float, libraries: Sequence[str] = ()) -> None:
        self._setup = setup
        self._most = most
        self._seconds = seconds
        self._libraries = libraries
        self._pool: Pool | None = None
        self._graders: list[Grader] = []
        self._leaving: list[Grader] = []
        self._last_words = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all graders, and the fork server."""
        for one in self._graders:
            if one.task is None:
                one.dismiss()
            else:
                one.stop()
        until = time.monotonic() + _END_SECONDS
        for one in (*self._graders, *self._leaving):
            one.wait(until)
        self._graders, self._leaving = [], []
        if self._pool is not None:
            self._pool.close()

    @property
    def pids(self) -> list[int]:
        """The grader processes that are at work or wait for some, in the order in which they were started."""
        return [one.pid for one in self._graders]

    def run(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Answer]]:
        """The answer to each task, in the order in which they come; a task is taken from `tasks` when a grader is free.

        Raises CouldNotGrade when no grader can be started at all.
        """
        again: deque[Task] = deque()
        tried: dict[str, int] = {}
        answers: list[tuple[Task, Answer]] = []
        while True:
            self._hand_out(tasks, again)
            yield from answers
            if not any(one.task for one in self._graders):
                return
            answers = []
            for one in self._ready():
                task, answer = self._settle(one)
                if answer is None:
                    tried[task.label] = tried.get(task.label, 1) + 1
                    if tried[task.label] <= _TRIES:
                        again.append(task)
                        continue
                    answer = _died(self._last_words)
                answers.append((task, answer))
            answers += self._overdue()

    def _hand_out(self, tasks: Iterator[Task], again: deque[Task]) -> None:
        while True:
            idle = next((one for one in self._graders if one.task is None), None)
            if idle is None and len(self._graders) >= self._most:
                return
            task = again.popleft() if again else next(tasks, None)
            if task is None:
                return
            if idle is None:
                self._offer_workers()
                idle = Grader(self._setup)
                self._graders.append(idle)
            idle.give(task, self._seconds)

    def _offer_workers(self) -> None:
        """Have a fork server that the graders will find; another one where it ended."""
        if self._setup.warm and (self._pool is None or self._pool.has_ended):
            if self._pool is not None:
                self._pool.close()
            self._pool = Pool(self._libraries, offered=True)
            self._pool.start()

    def _ready(self) -> list[Grader]:
        """The graders that have something to say, waited for until the first is late."""
        busy = {one.socket.fileno(): one for one in self._graders if one.task is not None}
        poll = select.poll()
        for descriptor in busy:
            poll.register(descriptor, select.POLLIN)
        late = min(one.deadline for one in busy.values())
        return [busy[found] for found, _ in poll.poll(max(0.0, late - time.monotonic()) * 1000)]

    def _settle(self, one: Grader) -> tuple[Task, Answer | None]:
        """What a grader says on its task; it is free then, or on its way out."""
        assert one.task is not None
        task, answer = one.task, one.answer()
        one.task = None
        if answer is None:
            self._graders.remove(one)
            one.stop()
            self._last_words = one.wait(time.monotonic() + _END_SECONDS)
        elif answer.is_worn:
            self._graders.remove(one)
            self._leaving.append(one)
            one.dismiss()
        return task, answer

    def _overdue(self) -> list[tuple[Task, Answer]]:
        late = [one for one in self._graders if one.task is not None and one.deadline <= time.monotonic()]
        told = []
        for one in late:
            assert one.task is not None
            told.append((one.task, _late(self._seconds)))
            self._graders.remove(one)
            one.stop()
            one.wait(time.monotonic() + _END_SECONDS)
        return told


def _died(last_words: str) -> Answer:
    what = f"its grader died {_TRIES} times" + (f": {last_words}" if last_words else "")
    return Answer(what=what, next_step="grade it alone with `pushmark grade` to see why, and report that")


def _late(seconds: float) -> Answer:
    return Answer(what=f"no end within {seconds:g} s", next_step="grade it alone with `pushmark grade` to see why")
