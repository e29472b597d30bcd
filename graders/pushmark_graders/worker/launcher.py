"""Starts, talks to and ends workers. Nothing else in the package knows how a worker is confined.

A person meets this module as one line of the report (which layers were in force) and as the message of
a check whose worker died, ran out of time or flooded the protocol.
"""

import array
import contextlib
import fcntl
import json
import os
import selectors
import signal
import socket
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

from msgspec.structs import replace

import pushmark_graders
from pushmark_graders import frames, process
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.submission import tree
from pushmark_graders.worker import entry
from pushmark_graders.worker.policy import Policy

HELLO_SECONDS = 30.0
"""How long a worker may take to confine itself; it takes a tenth of a second on a quiet machine."""

FIRST_UID = 300_000
UID_POOL = 1_000_000
"""Above every account of a usual system: people have < 60,000, subordinate ids begin at 100,000."""

FIRST_SIGNAL = 256 - 32
"""A worker that a signal ended reports 256 less its number; 255 is `sys.exit(-1)`, not the signal 1."""

_started = 0


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


class Launched:
    """A running worker process, its output and (in serve mode) our end of its socket."""

    def __init__(self, child: process.Process, sock: socket.socket, output: Output, scratch: Path) -> None:
        self.child = child
        self.socket = sock
        self.output = output
        self._scratch = scratch

    def exit_status(self, seconds: float = 2.0) -> int | None:
        """The status of a worker that ended by itself (negative: the signal), or None."""
        until = time.monotonic() + seconds
        while self.child.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        status = self.child.returncode
        return status - 256 if status is not None and FIRST_SIGNAL <= status < 255 else status

    def end(self) -> None:
        """Kill the worker and all its descendants, and wait until they are gone. May be called twice."""
        self.socket.close()
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(0.0 if self.child.poll() is not None else 3.0)
        except process.Timeout:
            self.child.kill()
            self.child.wait(5.0)
        self.output.wait_closed(5.0)
        self.forget_scratch()

    def forget_scratch(self) -> None:
        """Remove the folder that the worker's root was built in (not in use once the worker speaks) or its home."""
        with contextlib.suppress(OSError):
            tree.remove(self._scratch)


def serve(policy: Policy, submission: Path, *, source: str) -> tuple[Launched, list[str]]:
    """Start a worker that answers calls on its socket.

    Returns it with the layers in force. Raises CouldNotGrade when a layer that `policy` requires is
    missing or the worker does not come up.
    """
    return _start(policy, submission, Program(mode="serve", source=source))


def execute(
    policy: Policy,
    submission: Path,
    argv: list[str],
    *,
    env: dict[str, str],
    on_line: Callable[[str], None] | None,
) -> tuple[Launched, list[str]]:
    """Start a program under the same confinement, in the submission's folder; else as `serve`."""
    return _start(policy, submission, Program(mode="exec", argv=argv, env=env, on_line=on_line))


@dataclass(frozen=True, kw_only=True)
class Program:
    """What a worker becomes once it is confined: our own runtime, or another program."""

    mode: Literal["serve", "exec"]
    source: str = "."
    argv: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    on_line: Callable[[str], None] | None = None


def _start(policy: Policy, submission: Path, program: Program) -> tuple[Launched, list[str]]:
    """Launch and wait for the worker's word on its layers, which it gives before any learner code runs."""
    launched = _launch(policy, submission, program)
    try:
        hello = frames.receive(launched.socket, frames.Limits(max_bytes=1 << 20), time.monotonic() + HELLO_SECONDS)
    except (OSError, EOFError, frames.FrameError):
        status, said = launched.exit_status(), launched.output.take()
        launched.end()
        if status == entry.LAYER_MISSING and policy.namespaces and not policy.required:
            return _start(replace(policy, namespaces=False), submission, program)
        raise _no_start(policy, status, said) from None
    layers = [str(layer) for layer in hello] if isinstance(hello, list) else []
    if "mount namespace" in layers:
        launched.forget_scratch()
    if missing := [layer for layer in policy.required if layer not in layers]:
        launched.end()
        raise CouldNotGrade(
            f"policy {policy.name!r} requires layers that are not in force: {', '.join(missing)}",
            "grade on a Linux machine as root or with user namespaces allowed",
        )
    return launched, layers


def _no_start(policy: Policy, status: int | None, said: str) -> CouldNotGrade:
    if status == entry.LAYER_MISSING and policy.namespaces:
        return CouldNotGrade(
            f"this machine cannot give what policy {policy.name!r} requires ({said.strip()})",
            "grade on a Linux machine as root or with user namespaces allowed, or choose a weaker policy",
        )
    next_step = "report this to Pushmark"
    if "ModuleNotFoundError" in said:  # the worker reads no PYTHONPATH and no user's own packages
        next_step = "install pushmark in a virtual environment: python -m venv .venv"
    elif os.getuid() == 0:
        next_step = (
            f"run pushmark as an ordinary user, or install it and Python where every user may read ({sys.prefix})"
        )
    return CouldNotGrade(f"a worker did not start (status {status}): {said.strip()[-2000:]}", next_step)


def _launch(policy: Policy, submission: Path, program: Program) -> Launched:
    global _started  # noqa: PLW0603  (a user id per worker of this process)
    _started += 1
    scratch = Path(tempfile.mkdtemp(prefix="pushmark-root-"))
    namespaces = policy.namespaces and sys.platform == "linux"
    environment = worker_environment("/tmp" if namespaces else str(scratch))
    ours, theirs = socket.socketpair()
    config = entry.Config(
        mode=program.mode,
        submission=str(submission),
        root=str(scratch),
        readable=runtime_folders(),
        source=program.source,
        argv=program.argv,
        env=environment | program.env,
        uid=FIRST_UID + (os.getpid() * 64 + _started) % UID_POOL if os.getuid() == 0 else os.getuid(),
        namespaces=namespaces,
        memory_mb=policy.memory_mb,
        file_mb=policy.file_mb,
        open_files=policy.open_files,
        processes=policy.processes,
        scratch_mb=policy.scratch_mb,
        frame_mb=policy.frame_mb,
    )
    child = process.spawn(
        [sys.executable, "-I", entry.__file__, json.dumps(config.__dict__)],
        socket_for_child=theirs,
        env=environment,
    )
    theirs.close()
    assert child.stdout is not None
    output = Output(child.stdout, policy.output_kb << 10, program.on_line, end=program.mode == "exec")
    return Launched(child, ours, output, scratch)


def runtime_folders() -> list[str]:
    """What Python needs to run here, beyond the system's own folders: never a lab, never a home."""
    package = str(Path(pushmark_graders.__file__).parent)
    libraries = [path for path in sys.path if path.endswith(("site-packages", "dist-packages", "lib-dynload"))]
    folders = dict.fromkeys([sys.base_prefix, sys.prefix, *libraries, package])
    return [folder for folder in folders if not folder.startswith("/usr/")]


def worker_environment(home: str = "/tmp") -> dict[str, str]:
    """The whole environment of a worker: one thread per library, no host variable, no secret.

    `home` is private to the worker. It has a user's name, because not every system knows its user id.
    """
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "ARROW_NUM_THREADS"), "1"
    )
    return threads | {
        "OMP_WAIT_POLICY": "PASSIVE",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "HOME": home,
        "TMPDIR": home,
        "USER": "worker",
        "LOGNAME": "worker",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": f"{home}/dvc",
    }
