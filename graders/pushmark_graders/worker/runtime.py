"""The worker's side of a call: import, look up, call, answer. Runs confined, beside learner code.

Nothing here is trusted by the grader. It only has to be helpful to an honest learner: answers travel as
plain data, objects that cannot travel stay here behind handles, and an exception comes back as its type
and a traceback that starts in the learner's own file.
"""

import contextlib
import importlib
import inspect
import os
import socket
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from pushmark_graders import frames

TEXT_LIMIT = 8_000
"""Characters of a traceback that are worth sending."""

OK_PATH = "['ok']"
"""Where `NotPlain` says the answer itself, and nothing inside it, cannot travel."""

_OWN_FILE = __file__


def request_limits(frame_mb: int) -> frames.Limits:
    """What a call may hold: more than an answer, so that a check can always pass an answer on."""
    usual = frames.Limits(max_bytes=frame_mb << 20)
    return frames.Limits(4 * usual.max_bytes, 2 * usual.max_depth, 4 * usual.max_nodes, 4 * usual.max_buffers)


class Missing(Exception):
    """The lab asks for a name that the submission does not have."""

    def __init__(self, module: str, name: str) -> None:
        super().__init__(module, name)
        self.module = module
        self.name = name


def serve(descriptor: int, *, folder: str, source: str, hello: dict[str, Any], frame_mb: int) -> NoReturn:
    """Answer requests on the socket `descriptor` until the grader closes it."""
    connection = socket.socket(fileno=descriptor)
    limits = frames.Limits(max_bytes=frame_mb << 20)
    sys.path.insert(0, str(Path(folder, source)))
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # what was printed survives a crash
    frames.send(connection, hello, limits, None)
    objects = Objects(folder)
    while True:
        try:
            request: Any = frames.receive(connection, request_limits(frame_mb), None, live_tensors=True)
        except EOFError:
            os._exit(0)
        reply = objects.answer(request)
        _flush()
        _send(connection, request["id"], reply, objects, limits)


def _flush() -> None:
    """Let what was printed arrive before the answer; a submission may have put anything in the streams' places."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def _send(
    connection: socket.socket, number: int, reply: dict[str, Any], objects: "Objects", limits: frames.Limits
) -> None:
    """Send the reply; an object that cannot travel stays here, and a handle goes in its place."""
    try:
        frames.send(connection, {"id": number, **reply}, limits, None)
    except frames.NotPlain as error:
        stays = error.path == OK_PATH
        instead = {"ok": objects.hold(reply["ok"])} if stays else {"unplain": str(error)[:500]}
        frames.send(connection, {"id": number, **instead}, limits, None)
    except frames.FrameError as error:
        frames.send(connection, {"id": number, "unplain": f"an answer that cannot be sent: {error}"}, limits, None)


class Objects:
    """The submission's modules, and the objects that stay here, by number."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._held: dict[int, object] = {}

    def answer(self, request: Any) -> dict[str, Any]:
        """One reply: `ok`, `missing` or `raised`. Catches whatever learner code throws, exits included."""
        try:
            return {"ok": self._do(request)}
        except Missing as missing:
            return {"missing": [missing.module, missing.name]}
        except BaseException as error:
            return {"raised": describe(error, self._folder)}

    def _do(self, request: Any) -> object:
        operation, target, name = request["op"], request["on"], request["name"]
        if operation == "import":
            self._module(target)
            return None
        owner: Any = self._module(target) if type(target) is str else self._held[target.id]
        if operation == "where":
            return _where(owner, self._folder)
        if operation == "get":
            return self._attribute(owner, target, name)
        function = self._attribute(owner, target, name) if name else owner
        arguments = [self._local(value) for value in request["args"]]
        keywords = {key: self._local(value) for key, value in request["kwargs"].items()}
        return function(*arguments, **keywords)

    def _module(self, name: str) -> Any:
        if name in sys.modules:
            return sys.modules[name]
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
                raise Missing(name, "") from None
            raise

    def _attribute(self, owner: Any, target: object, name: str) -> Any:
        try:
            return getattr(owner, name)
        except AttributeError:
            if not hasattr(type(owner), "__getattr__"):
                raise Missing(target if type(target) is str else type(owner).__name__, name) from None
            raise

    def _local(self, value: Any) -> Any:
        """Handles in arguments become the objects that they name."""
        if type(value) is frames.Handle:
            return self._held[value.id]
        if type(value) is list:
            return [self._local(item) for item in value]
        if type(value) is tuple:
            return tuple(self._local(item) for item in value)
        if type(value) is dict:
            return {key: self._local(item) for key, item in value.items()}
        return value

    def hold(self, value: object) -> frames.Handle:
        """Keep `value` here for as long as this worker lives."""
        number = len(self._held) + 1
        self._held[number] = value
        return frames.Handle(number, type(value).__name__, callable(value))


def _where(function: Any, folder: str) -> list[object] | None:
    """The file and line where `function` is defined, when that is the learner's."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    path = _relative(code.co_filename, folder) if code is not None else ""
    return [path, code.co_firstlineno] if code is not None and path else None


def describe(error: BaseException, folder: str) -> dict[str, Any]:
    """The exception as text: its type, its nearest built-in type, a traceback and the learner's line."""
    kind = type(error)
    builtin = next((parent.__name__ for parent in kind.__mro__ if parent.__module__ == "builtins"), "")
    try:
        said = str(error)
    except BaseException:
        said = "(its message could not be read)"
    path, line = _learner_line(error, folder)
    steps = _frames(error.__traceback__, folder)
    if isinstance(error, SyntaxError) and path:
        steps += [f"  {path}, line {line}", f"    {(error.text or '').strip()}"]
    text = "\n".join([*steps, f"{kind.__name__}: {said}"])
    return {
        "type": _sendable(kind.__name__[:100]),
        "builtin": builtin,
        "text": _sendable(text[-TEXT_LIMIT:]),
        "path": _sendable(path),
        "line": line,
    }


def _sendable(text: str) -> str:
    """Half of a character pair, as in a file name that is not UTF-8, cannot travel."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _frames(trace: TracebackType | None, folder: str) -> list[str]:
    """One entry per frame of the learner's files, and the last one of a library."""
    lines: list[str] = []
    before = None
    steps = [
        step for step in traceback.extract_tb(trace) if step.filename != _OWN_FILE and "importlib" not in step.filename
    ]
    for index, step in enumerate(steps):
        inside = _relative(step.filename, folder)
        if (step.filename, step.lineno) == before:  # recursion: one entry says as much as a thousand
            lines += ["    [and again]"] if lines[-1:] != ["    [and again]"] else []
            continue
        before = (step.filename, step.lineno)
        if inside or index == len(steps) - 1:
            lines.append(f"  {inside or Path(step.filename).name}, line {step.lineno}, in {step.name}")
            if step.line:
                lines.append(f"    {step.line}")
    return ["Traceback (most recent call last):", *lines] if lines else []


def _learner_line(error: BaseException, folder: str) -> tuple[str, int]:
    if isinstance(error, SyntaxError) and error.filename and (path := _relative(error.filename, folder)):
        return path, error.lineno or 1
    for step in reversed(traceback.extract_tb(error.__traceback__)):
        if (path := _relative(step.filename, folder)) and step.lineno:
            return path, step.lineno
    return "", 0


def _relative(filename: str, folder: str) -> str:
    return filename[len(folder) + 1 :] if filename.startswith(folder + "/") else ""
