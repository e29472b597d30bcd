"""An ASGI app of the submission, served in a worker of its own, and asked over HTTP by the grader.

A worker has no network. The grader makes a Unix socket that listens and hands it over before any learner code runs,
as systemd does for `uvicorn --fd`; it alone knows the path, so it is the only client. What comes back is read within
limits on bytes and time, and is plain JSON or no answer.
"""

import contextlib
import fcntl
import http.client
import importlib.util
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.submission.errors import Died, Garbled, Raised, SubmissionError, TimedOut
from pushmark_graders.submission.halt import Halt
from pushmark_graders.submission.show import show
from pushmark_graders.worker import launcher, root, selftest, tree
from pushmark_graders.worker.launched import Launched
from pushmark_graders.worker.meter import Gone, Meter
from pushmark_graders.worker.policy import Policy

MOST_BYTES = 1 << 20
"""Of one answer's body."""
_TOLD = 3_000
"""Characters of printed output in a message: its end, where a traceback is."""
_TELLS_WITHIN = 2.0
"""Seconds in which a service that broke has printed why."""
_TRACEBACK = "Traceback (most recent call last):"
_FIRST_DESCRIPTOR = 10
"""From here on: a worker has its own socket among the lower ones."""
_KEEP_ALIVE_SECONDS = 3600
_LONGEST_FOLDER = 80
"""Characters: the address of a Unix socket has room for 107."""
_SERVER_ERROR = 500
_PROBLEMS = (http.client.HTTPException, ValueError)


@dataclass(frozen=True)
class Response:
    """What a service answered. `label` is how messages call the request."""

    status: int
    body: bytes
    label: str

    @property
    def json(self) -> Any:
        """The body as plain data. Raises Garbled when it is no JSON, as NaN and Infinity are not."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError):
            said = show(self.body[:200].decode("utf-8", "replace"))
            raise Garbled(f"The answer to {self.label} is no JSON: {said}", "no valid JSON") from None


@dataclass(frozen=True)
class Host:
    """What a service needs of the submission that it belongs to.

    `faults` says whose a fault is, `on_answer` hears of each answer, `on_output` gets what was printed.
    """

    policy: Policy
    folder: Path
    source: str
    halt: Halt
    faults: Callable[[], AbstractContextManager[None]]
    on_answer: Callable[[str], None]
    on_output: Callable[[str], None]


class Service:
    """One app: started by the first request, and gone for good when it has ended."""

    def __init__(self, app: str, host: Host) -> None:
        self.app = app
        self.start_cpu_seconds: float | None = None
        """Processor time from the first line of Python to the first answer below 400; None until then."""
        self._host = host
        self._server: _Server | None = None
        self.has_ended = False

    def get(self, path: str) -> Response:
        """The answer to GET. Raises a SubmissionError where there is none, or the app broke (status 500 and above)."""
        return self.request("GET", path)

    def post(self, path: str, json: Any) -> Response:
        """The answer to POST with `json` as its body. Raises what `get` raises."""
        return self.request("POST", path, msgspec.json.encode(json))

    def request(self, method: str, path: str, body: bytes | None = None) -> Response:
        """The answer to any request; a `body` is sent as JSON, whatever it is. Raises what `get` raises."""
        with self._host.faults():
            self._host.halt.check()
            label = f"{method} {path}" + (f" with {body[:300].decode('utf-8', 'replace')}" if body is not None else "")
            server = self._server or self._start()
            policy = self._host.policy
            seconds = policy.call_seconds if self.start_cpu_seconds is not None else policy.import_seconds
            status, content = self._exchange(server, method, path, body, seconds, label)
            if status >= _SERVER_ERROR:
                raise Raised(
                    f"{label} was answered with status {status}.\n{server.said()}".rstrip(), f"status {status}"
                )
            if status < 400 and self.start_cpu_seconds is None:
                self.start_cpu_seconds = self.meter.cpu_seconds()
            self._host.on_answer(f"{label}\n  it gave:  {status} {show(content[:300].decode('utf-8', 'replace'))}")
            return Response(status, content, label)

    @property
    def meter(self) -> Meter:
        """What the app's process has cost. Raises a SubmissionError when it cannot be started, or has ended."""
        with self._host.faults():
            return (self._server or self._start()).meter

    def take_output(self) -> str:
        """What it printed since the last call."""
        return self._server.launched.output.take() if self._server is not None else ""

    def faults(self) -> AbstractContextManager[None]:
        """Whose fault it is when there is no answer, for what is done with the meter."""
        return self._host.faults()

    def end(self) -> None:
        """Kill the service. May be called twice; a service that has ended is not started again."""
        self.has_ended = True
        if self._server is not None:
            server, self._server = self._server, None
            self._host.on_output(server.launched.output.take())
            server.end()

    def _start(self) -> "_Server":
        if self.has_ended:
            raise Died(f"The service `{self.app}` has ended before.", "the service ended")
        try:
            self._server = _Server(self.app, self._host)
        except tree.TooMuch as error:
            raise SubmissionError(error.what, error.kind) from None
        except Gone:
            raise Died(f"The service `{self.app}` did not start.", "the service did not start") from None
        return self._server

    def _exchange(
        self, server: "_Server", method: str, path: str, body: bytes | None, seconds: float, label: str
    ) -> tuple[int, bytes]:
        try:
            return server.exchange(method, path, body, time.monotonic() + seconds)
        except TimeoutError:
            started = "gave no answer" if self.start_cpu_seconds is not None else "gave no first answer"
            self.end()
            raise TimedOut(
                f"{label}: `{self.app}` {started} within {seconds:g} s and was stopped.",
                f"no answer within {seconds:g} s",
            ) from None
        except _TooLarge:
            self.end()
            raise Garbled(
                f"The answer to {label} has more than {MOST_BYTES >> 20} MiB.", "an answer too large"
            ) from None
        except (OSError, EOFError, http.client.RemoteDisconnected):
            self._host.halt.check()
            died = self._died(server, label)
            self.end()
            raise died from None
        except _PROBLEMS:
            self.end()
            raise Garbled(f"The answer to {label} is no HTTP.", "no valid answer") from None

    def _died(self, server: "_Server", label: str) -> SubmissionError:
        status = server.launched.exit_status()
        if status is None:
            return Garbled(f"{label}: `{self.app}` hung up without an answer.\n{server.said()}".rstrip(), "no answer")
        when = "did not start" if self.start_cpu_seconds is None else f"ended at {label}"
        how = "was killed, most likely for memory" if status == -9 else f"exit status {status}"
        said = f"The service `{self.app}` {when} ({how}).\n{server.said()}".rstrip()
        return Died(said, "the service did not start" if self.start_cpu_seconds is None else "the service ended")


class _TooLarge(Exception):
    pass


class _Server:
    """The worker with uvicorn in it, and our connection to it."""

    def __init__(self, app: str, host: Host) -> None:
        if importlib.util.find_spec("uvicorn") is None:
            raise CouldNotGrade("this lab serves, and uvicorn is not installed", "pip install 'pushmark[serve]'")
        selftest.prove(host.policy)
        self._belongings = contextlib.ExitStack()
        with contextlib.ExitStack() as undo:
            undo.callback(self._belongings.close)
            near = host.folder.parent  # what a grader that is killed leaves there is removed by the next one
            beside = near if len(str(near)) < _LONGEST_FOLDER else None
            folder = self._belongings.enter_context(tempfile.TemporaryDirectory(prefix="s-", dir=beside))
            self._address = f"{folder}/http"
            with _listening(self._address) as listener:
                self.launched = _launch(app, host, listener.fileno())
            self._belongings.callback(self.launched.end)
            self.meter = Meter(self.launched.pid)
            undo.pop_all()
        self._halt = host.halt
        self._places = (f"{root.SUBMISSION}/", f"{host.folder}/")
        self._connection: _Client | None = None

    def exchange(self, method: str, path: str, body: bytes | None, deadline: float) -> tuple[int, bytes]:
        """Raises TimeoutError, _TooLarge, OSError, EOFError or one of _PROBLEMS."""
        again = self._connection is not None  # it may have been closed while nobody asked
        try:
            return self._ask(method, path, body, deadline)
        except (ConnectionError, http.client.RemoteDisconnected):
            self._hang_up()
            if not again or self.launched.child.poll() is not None:
                raise
            return self._ask(method, path, body, deadline)
        except BaseException:
            self._hang_up()
            raise

    def _ask(self, method: str, path: str, body: bytes | None, deadline: float) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = _Client(self._address)
            self._connection.deadline = deadline
            self._connection.connect()
            self._halt.ends(self._connection.sock)
        self._connection.deadline = deadline
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise _TooLarge
        if not answer.isclosed():  # a body of exactly the most that is read
            self._hang_up()
        return answer.status, content

    def said(self) -> str:
        """What the service printed of its own fault: uvicorn prints the traceback once the answer was sent."""
        said, until = self.launched.output.take(), time.monotonic() + _TELLS_WITHIN
        while not _is_whole(said) and self.launched.child.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
            said += self.launched.output.take()
        return _of_the_submission(said, self._places)

    def end(self) -> None:
        self._hang_up()
        self._belongings.close()

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _is_whole(said: str) -> bool:
    """Whether a traceback was printed to its last line, which alone is not indented."""
    *_, last = said.rstrip("\n").split("\n")
    return _TRACEBACK in said and said.endswith("\n") and not last.startswith((" ", _TRACEBACK))


def _of_the_submission(said: str, places: tuple[str, ...]) -> str:
    """The end of what was printed, in whole lines; of a traceback only the frames below `places`, if there are any."""
    kept: list[str] = []
    ours = True
    for line in said.splitlines():
        if line.startswith('  File "'):
            ours = line.removeprefix('  File "').startswith(places)
        elif not line.startswith("    "):
            ours = True
        if ours:
            kept.append(line)
    lines = kept if any(line.startswith('  File "') for line in kept) else said.splitlines()
    return "\n".join(_last(lines))


def _last(lines: list[str]) -> list[str]:
    """So many lines from the end as fit into a message; the end of the last one if that alone does not."""
    size = 0
    for at, line in enumerate(reversed(lines)):
        size += len(line) + 1
        if size > _TOLD:
            return lines[-at:] if at else [line[-_TOLD:]]
    return lines


def _launch(app: str, host: Host, listener: int) -> Launched:
    argv = [
        sys.executable, "-P", "-m", "uvicorn", app, "--app-dir", host.source, "--fd", str(listener),
        "--loop", "asyncio", "--http", "h11",  # the same everywhere, whatever else is installed: a budget is a ratio
        "--log-level", "warning", "--no-access-log", "--timeout-keep-alive", str(_KEEP_ALIVE_SECONDS),
    ]  # fmt: skip
    launched, _ = launcher.execute(host.policy, host.folder, argv, env={}, on_line=None, listener=listener, alone=True)
    return launched


@contextlib.contextmanager
def _listening(address: str) -> Iterator[socket.socket]:
    """A socket that listens at `address` while the block runs: then only the worker holds it, and its end is heard."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        high = fcntl.fcntl(made.fileno(), fcntl.F_DUPFD_CLOEXEC, _FIRST_DESCRIPTOR)
    with socket.socket(fileno=high) as listener:
        listener.bind(address)
        listener.listen()
        yield listener


class _Client(http.client.HTTPConnection):
    """HTTP/1.1 over a Unix socket, with one deadline for a whole exchange."""

    def __init__(self, address: str) -> None:
        super().__init__("service")
        self._address = address
        self.deadline = 0.0

    def connect(self) -> None:
        self.sock: socket.socket = _Timed(lambda: self.deadline)
        self.sock.settimeout(_left(self.deadline))
        self.sock.connect(self._address)


class _Timed(socket.socket):
    """However small the pieces in which an answer comes, all of them have one deadline."""

    def __init__(self, deadline: Callable[[], float]) -> None:
        super().__init__(socket.AF_UNIX, socket.SOCK_STREAM)
        self._deadline = deadline

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_left(self._deadline()))
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(_left(self._deadline()))
        super().sendall(*args, **kwargs)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
