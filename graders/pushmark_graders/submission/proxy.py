"""What a check sees of a submission: modules, functions and objects that live in a worker.

`submission.module("features").build(table)` looks like a call and is one request and one answer over a
socket. The grader never imports the module: it only ever holds plain data and numbered handles.
"""

import builtins
import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from msgspec.structs import replace

from pushmark_graders import frames
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.report.model import Location
from pushmark_graders.submission.errors import (
    Died,
    Garbled,
    MissingName,
    NotAnAnswer,
    Overran,
    Raised,
    SubmissionError,
    TimedOut,
)
from pushmark_graders.submission.halt import Halt
from pushmark_graders.submission.service import Host, Service
from pushmark_graders.submission.show import show
from pushmark_graders.worker import launcher, selftest, tree
from pushmark_graders.worker.launched import Launched
from pushmark_graders.worker.layers import Layer
from pushmark_graders.worker.meter import Gone, Meter
from pushmark_graders.worker.policy import Policy
from pushmark_graders.worker.pool import Pool
from pushmark_graders.worker.runtime import request_limits

_FEW_MB = 8
BUILTIN_EXCEPTIONS = frozenset(
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
)


class Connection:
    """One worker at a time: started when first needed, and again after it died; and services, each in one of its own.

    With `alone` the worker can start no processes, so that a meter sees all that it takes.
    """

    def __init__(
        self,
        policy: Policy,
        folder: Path,
        *,
        source: str,
        pool: Pool | None = None,
        halt: Halt | None = None,
        alone: bool = False,
    ) -> None:
        self.layers: list[Layer] = []
        self.answered = False
        self.asked: set[str] = set()
        """The modules that the check asked for."""
        self._halt = halt or Halt()
        self._policy = policy
        self._folder = folder
        self._source = source
        self._pool = pool
        self._alone = alone
        self._services: dict[str, Service] = {}
        self._starting: launcher.Starting | None = None
        self._worker: Launched | None = None
        self._refused: SubmissionError | None = None
        self._number = 0
        self.generation = 0
        self._imported: set[str] = set()
        self._there: set[str] = set()
        self._ended_output = ""
        self._last_call: tuple[int, frames.Handle, str, str] | None = None
        self._last_value = ""

    @property
    def folder(self) -> Path:
        """The submission whose copies the workers have."""
        return self._folder

    def beside(self, folder: Path, seconds: float, source: str | None = None) -> "Connection":
        """A connection to workers of the same kind in copies of another folder, for few words: with `seconds` for
        every call, and answers of a few megabytes. `source` is the folder that they import from, if another."""
        frame_mb = min(self._policy.frame_mb, _FEW_MB)
        policy = replace(self._policy, call_seconds=seconds, import_seconds=seconds, frame_mb=frame_mb)
        source = self._source if source is None else source
        return Connection(policy, folder, source=source, pool=self._pool, halt=self._halt)

    def prepare(self) -> None:
        """Let the first worker start while there is something else to do."""
        if self._starting is None and self._worker is None:
            with contextlib.suppress(tree.TooMuch, CouldNotGrade):  # who needs the worker is told
                self._starting = self._begin_worker()

    def _begin_worker(self) -> launcher.Starting:
        return launcher.begin(self._policy, self._folder, source=self._source, pool=self._pool, alone=self._alone)

    def serve(self, app: str) -> Service:
        """A service of the submission, which checks share while it lives, as they share the worker."""
        if app in self._services and not self._services[app].has_ended:
            return self._services[app]
        self._services[app] = Service(
            app,
            Host(
                policy=self._policy,
                folder=self._folder,
                source=self._source,
                halt=self._halt,
                faults=self.faults,
                on_answer=self._note_answer,
                on_output=self._note_output,
            ),
        )
        return self._services[app]

    @contextlib.contextmanager
    def faults(self) -> Iterator[None]:
        """Whose fault it is when no answer comes: the submission's."""
        try:
            yield
        except Gone:
            raise Died("The submission's process ended while it was measured.", "the worker ended") from None

    @property
    def meter(self) -> Meter:
        """What the worker has cost. Raises a SubmissionError when it does not start."""
        with self.faults():
            worker = self._worker or self._start()
            return Meter(worker.pid)

    def _note_answer(self, said: str) -> None:
        self.answered = True
        self._last_call, self._last_value = None, f"called {said}"

    def _note_output(self, text: str) -> None:
        self._ended_output += text

    def begin(self) -> None:
        """Start a new check: what was printed or called before belongs to another one."""
        self._last_call = None
        self._last_value = ""
        self.answered = False
        self.asked = set()
        self.take_output()
        self._halt.check()

    def request(
        self, operation: str, on: str | frames.Handle, name: str, args: Any = (), kwargs: Any = None, *, label: str = ""
    ) -> Any:
        """Ask the worker and wait for its answer; `label` is what messages call the thing asked.

        Raises a SubmissionError for everything that the submission can cause.
        """
        self._halt.check()
        if isinstance(on, str):
            self.asked.add(on)
        worker = self._worker or self._start()
        seconds = self._policy.call_seconds
        if isinstance(on, str) and on not in self._imported:
            seconds = max(self._policy.import_seconds, seconds)
        self._number += 1
        message = {
            "id": self._number,
            "op": operation,
            "on": on,
            "name": name,
            "args": list(args),
            "kwargs": kwargs or {},
        }
        reply = self._exchange(worker, message, seconds, label=label or name or str(on))
        if isinstance(on, str):
            self._imported.add(on)
        answer = self._read(reply, label or name or str(on))
        if operation == "get" and type(answer) is not Remote:
            self._last_value = f"{label or name} is {show(answer)}"
        self.answered = self.answered or operation == "call" or self._last_value != ""
        return answer

    def need(self, module: str) -> None:
        """Have a module imported; one that is, is not asked for again. Raises a SubmissionError."""
        self.asked.add(module)
        if module not in self._there:
            self.request("import", module, "")
            self._there.add(module)

    def _start(self) -> Launched:
        """A worker in a fresh copy of the folder: what an earlier one wrote is not there any more."""
        if self._refused is not None:
            raise self._refused
        try:
            starting, self._starting = self._starting or self._begin_worker(), None
            self._worker, hello = starting.finish()
            self.layers = hello.layers
        except tree.TooMuch as error:
            self._refused = SubmissionError(error.what, error.kind)  # the folder does not shrink: asking again is idle
            raise self._refused from None
        if not self._worker.is_warm:
            selftest.prove(self._policy)  # nothing of the learner's has been read yet
        self.generation += 1
        self._halt.ends(self._worker.socket)
        return self._worker

    def _exchange(self, worker: Launched, message: dict[str, Any], seconds: float, label: str) -> Any:
        limits = frames.Limits(max_bytes=self._policy.frame_mb << 20)
        deadline = time.monotonic() + seconds
        try:
            _ask(worker, message, request_limits(self._policy.frame_mb), deadline)
            reply = frames.receive(worker.socket, limits, deadline)
        except TimeoutError:
            self.end()
            raise TimedOut(
                f"{label} gave no answer within {seconds:g} s and was stopped.", f"no answer within {seconds:g} s"
            ) from None
        except (EOFError, ConnectionError):
            self._halt.check()
            status = worker.exit_status()
            self.end()
            raise Died(*_death(label, status)) from None
        except frames.FrameError:
            self.end()
            raise Garbled(f"{label}: what came back was not an answer.", "no valid answer") from None
        if (
            type(reply) is not dict
            or type(reply.get("id")) is not int
            or reply["id"] != message["id"]
            or len(reply) != 2
        ):
            self.end()
            raise Garbled(f"{label}: what came back was not the answer to this call.", "no valid answer")
        return reply

    def _read(self, reply: dict[str, Any], label: str) -> Any:
        if "ok" in reply:
            value = reply["ok"]
            return Remote(self, value, label) if type(value) is frames.Handle else value
        if "missing" in reply:
            raise _missing(reply["missing"])
        if "raised" in reply:
            raise _raised(reply["raised"], self._policy.memory_mb)
        said = str(reply.get("unplain", ""))[:500].replace(" at ['ok']", " at ")
        raise NotAnAnswer(
            f"The answer of {label} cannot be compared: {said}. "
            "Return plain data: numbers, text, lists, dicts, arrays or tables.",
            "not plain data",
        )

    def holds(self, generation: int) -> bool:
        """Whether the worker that was started as number `generation` still lives, as far as we know."""
        return self._worker is not None and generation == self.generation

    def note_call(self, handle: frames.Handle, call: str, answer: object) -> None:
        """Remember a call for the message of the check that made it."""
        self._last_call = (self.generation, handle, call, show(answer))

    def describe_last_call(self) -> str:
        if self._last_call is None:
            return self._last_value
        _, _, call, answer = self._last_call
        return f"called {call}\n  it gave:  {answer}"

    def locate_last_call(self) -> Location | None:
        """Where the last called function is defined, by the worker's own account."""
        if self._last_call is None or not self.holds(self._last_call[0]):
            return None
        try:
            return read_location(self.request("where", self._last_call[1], ""))
        except SubmissionError:
            return None

    def take_output(self) -> str:
        """What the submission printed since the last call."""
        text = self._ended_output
        self._ended_output = ""
        text += self._worker.output.take() if self._worker is not None else ""
        return text + "".join(service.take_output() for service in self._services.values())

    def end(self) -> None:
        """Kill the worker and everything it started, and all services."""
        self._end_services()
        if self._starting is not None:
            self._starting.end()
            self._starting = None
        if self._worker is not None:
            worker, self._worker = self._worker, None
            self._imported.clear()
            self._there.clear()
            self._ended_output += worker.output.take()
            worker.end()

    def _end_services(self) -> None:
        services, self._services = self._services, {}
        for service in services.values():
            service.end()


class OwnConnection(Connection):
    """To code of the lab's own, such as its starter: where that breaks, nothing is graded."""

    def request(
        self, operation: str, on: str | frames.Handle, name: str, args: Any = (), kwargs: Any = None, *, label: str = ""
    ) -> Any:
        with self.faults():
            return super().request(operation, on, name, args, kwargs, label=label)

    @contextlib.contextmanager
    def faults(self) -> Iterator[None]:
        try:
            with super().faults():
                yield
        except Overran:
            raise
        except SubmissionError as error:
            raise CouldNotGrade(f"the lab's own code broke: {error.public[:2000]}", "mend the lab's starter") from None


def _ask(worker: Launched, message: dict[str, Any], limits: frames.Limits, deadline: float) -> None:
    """Send a call. Arguments that cannot travel are the check's fault, so they raise no SubmissionError."""
    try:
        frames.send(worker.socket, message, limits, deadline)
    except (frames.NotPlain, frames.FrameError) as error:
        raise RuntimeError(f"the arguments of {message['name'] or 'a call'} cannot be sent: {error}") from None


class Remote:
    """An object that stays in the worker. Call it, read its attributes, index it, measure it."""

    def __init__(self, connection: Connection, handle: frames.Handle, name: str = "") -> None:
        self._connection = connection
        self._handle = handle
        self._name = name or handle.type_name
        self._generation = connection.generation

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        arguments, keywords = _unwrap(list(args)), _unwrap(kwargs)
        answer = self._ask("call", "", arguments, keywords, label=self._name)
        said = [show(value) for value in args] + [f"{name}={show(value)}" for name, value in kwargs.items()]
        self._connection.note_call(self._handle, f"{self._name}({', '.join(said)})", answer)
        return answer

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._ask("get", name, label=f"{self._name}.{name}")

    def __getitem__(self, key: object) -> Any:
        return self._ask("call", "__getitem__", [_unwrap(key)], label=f"{self._name}[...]")

    def __bool__(self) -> bool:
        raise NotAnAnswer(
            f"{self._name} gave an object of type {self._handle.type_name}, where true or false is needed.",
            "not plain data",
        )

    def __len__(self) -> int:
        length = self._ask("call", "__len__", label=f"len({self._name})")
        if type(length) is not int or not 0 <= length <= sys.maxsize:
            raise NotAnAnswer(f"The length of {self._name} is not a whole number from 0.", "not a length")
        return length

    def __iter__(self) -> NoReturn:
        """Never: without this, Python asks for item after item until the submission's object says stop."""
        raise NotAnAnswer(
            f"{self._name} gave an object of type {self._handle.type_name}, where plain data is needed: "
            "a list, a dict, an array or a table.",
            "not plain data",
        )

    def __repr__(self) -> str:
        return f"<{self._handle.type_name} in the worker>"

    def _ask(self, operation: str, name: str, args: Any = (), kwargs: Any = None, *, label: str) -> Any:
        return self._connection.request(operation, self.live_handle(), name, args, kwargs, label=label)

    def live_handle(self) -> frames.Handle:
        """The object's number in the worker. Raises Died when that worker is no more: numbers are used again."""
        if not self._connection.holds(self._generation):
            raise Died(f"{self._name} ended with the worker that held it.", "the worker ended before it answered")
        return self._handle


class Module:
    """A module of the submission, imported in the worker when first used."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._connection.request("get", self._name, name, label=f"{self._name}.{name}")

    def __repr__(self) -> str:
        return f"<module {self._name} of the submission>"


class Submission:
    """The `submission` fixture."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def module(self, name: str) -> Module:
        """The module `name`, imported now in the worker.

        Raises MissingName when there is no such module, Raised when importing it raises.
        """
        self._connection.need(name)
        return Module(self._connection, name)

    def service(self, app: str) -> Service:
        """The ASGI app `module:attribute`, served by uvicorn in a worker of its own.

        The first request starts it, and checks share it as they share the worker that answers calls.
        """
        return self._connection.serve(app)

    @property
    def meter(self) -> Meter:
        """What the worker that answers calls has cost; for `budget`."""
        return self._connection.meter

    @property
    def folder(self) -> Path:
        """The files as they were taken in, and what training left."""
        return self._connection.folder

    def faults(self) -> contextlib.AbstractContextManager[None]:
        """Whose fault it is when there is no answer."""
        return self._connection.faults()


def _unwrap(value: Any) -> Any:
    """Handles in the place of objects; what holds none stays the object that it is."""
    if isinstance(value, Remote):
        return value.live_handle()
    if type(value) is dict:
        inside = {key: _unwrap(item) for key, item in value.items()}
        return inside if any(inside[key] is not value[key] for key in value) else value
    if type(value) in (list, tuple):
        items = [_unwrap(item) for item in value]
        return type(value)(items) if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def _death(label: str, status: int | None) -> tuple[str, str]:
    if status == -9:
        how = "was killed, most likely for memory"
    elif status is not None and status < 0:
        how = f"crashed with signal {-status}"
    elif status is not None:
        how = f"ended the process with exit status {status}"
    else:
        how = "cut the connection"
    return f"{label} {how} before it answered.", "the worker ended before it answered"


def _missing(what: Any) -> SubmissionError:
    module, name = (str(part)[:200] for part in what) if type(what) is list and len(what) == 2 else ("", "")
    if name:
        return MissingName(f"{module} has no `{name}`. Define it with exactly this name.", "a name is missing")
    return MissingName(f"There is no module `{module}`. Was its file renamed or moved?", "a module is missing")


def _raised(said: Any, memory_mb: int) -> SubmissionError:
    """Read the worker's description as untrusted text; only a built-in type's name is ever kept apart."""
    fields = said if type(said) is dict else {}
    text, kind, path, line = (fields.get(key) for key in ("text", "builtin", "path", "line"))
    location = read_location([path, line])
    shown = text[:10_000] if type(text) is str else ""
    if kind == "MemoryError":
        shown += f"\nThe lab allows {memory_mb:,} MiB of memory."
    return Raised(
        shown,
        f"raised {kind}" if type(kind) is str and kind in BUILTIN_EXCEPTIONS else "raised an exception",
        location,
    )


def read_location(said: Any) -> Location | None:
    """A path below the submission and a line, or nothing: the worker's word is not taken further."""
    if type(said) is not list or len(said) != 2:
        return None
    path, line = said
    if type(path) is not str or type(line) is not int or not 0 < line < 1_000_000:
        return None
    if not 0 < len(path) < 300 or path.startswith("/") or ".." in path.split("/") or not path.isprintable():
        return None
    return Location(path=path, line=line)
