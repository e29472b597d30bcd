"""Starts, talks to and ends workers. Nothing else in the package knows how a worker is confined.

A person meets this module as one line of the report (which layers were in force) and as the message of
a check whose worker died, ran out of time or flooded the protocol.
"""

import array
import fcntl
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pushmark_graders
from pushmark_graders import process
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.worker import entry, frames
from pushmark_graders.worker.policy import Policy

FIRST_UID = 300_000
UID_POOL = 1_000_000
"""Above every account of a usual system: people have < 60,000, subordinate ids begin at 100,000."""

_started = 0


class Output:
    """What the worker printed: drained all the time, kept up to a cap, dropped beyond it."""

    def __init__(self, streams: list[IO[bytes]], cap: int, on_line: Callable[[str], None] | None = None) -> None:
        self._streams = streams
        self._cap = cap
        self._kept = bytearray()
        self._lost = 0
        self._line = bytearray()
        self._on_line = on_line
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._drain, name="worker-output", daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        with selectors.DefaultSelector() as ready:
            for stream in self._streams:
                ready.register(stream, selectors.EVENT_READ)
            while ready.get_map():
                for key, _ in ready.select():
                    chunk = os.read(key.fd, 65536)
                    if chunk:
                        self._keep(chunk)
                    else:
                        ready.unregister(key.fileobj)

    def _keep(self, chunk: bytes) -> None:
        with self._lock:
            room = self._cap - len(self._kept)
            self._kept += chunk[: max(room, 0)]
            self._lost += len(chunk) - max(min(room, len(chunk)), 0)
        if self._on_line is not None:
            *lines, rest = (bytes(self._line) + chunk).split(b"\n")
            self._line = bytearray(rest[-4096:])
            for line in lines:
                self._on_line(line.decode("utf-8", "replace"))

    def take(self) -> str:
        """The text since the last call, after everything already written has arrived."""
        until = time.monotonic() + 0.2
        while any(_pending(stream) for stream in self._streams) and time.monotonic() < until:
            time.sleep(0.0005)
        with self._lock:
            text = self._kept.decode("utf-8", "replace")
            if self._lost:
                text += f"\n[... {self._lost:,} more bytes were dropped]"
            self._kept.clear()
            self._lost = 0
        return text

    def wait_closed(self, seconds: float) -> bool:
        """True once every writer, and so every descendant that kept its output, is gone."""
        self._thread.join(seconds)
        return not self._thread.is_alive()


def _pending(stream: IO[bytes]) -> int:
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
        return status - 256 if status is not None and status > 200 else status

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
        shutil.rmtree(self._scratch, ignore_errors=True)


def serve(policy: Policy, submission: Path, *, source: str) -> tuple[Launched, list[str]]:
    """Start a worker that answers calls on its socket.

    Returns it with the layers in force. Raises CouldNotGrade when a layer that `policy` requires is
    missing or the worker does not come up.
    """
    launched = _launch(policy, submission, source=source, mode="serve", argv=[], env={}, on_line=None)
    try:
        limits = frames.Limits(max_bytes=1 << 20)
        hello = frames.receive(launched.socket, limits, time.monotonic() + 30.0)
    except (OSError, EOFError, frames.FrameError):
        status, said = launched.exit_status(), launched.output.take()
        launched.end()
        if status == entry.LAYER_MISSING and policy.namespaces:
            if policy.required:
                raise CouldNotGrade(
                    f"this machine cannot give what policy {policy.name!r} requires ({said.strip()})",
                    "grade on a Linux machine as root or with user namespaces allowed, or choose a weaker policy",
                ) from None
            return serve(_plain(policy), submission, source=source)
        raise CouldNotGrade(
            f"a worker did not start (status {status}): {said[-2000:]}", "report this to Pushmark"
        ) from None
    layers = [str(layer) for layer in hello] if isinstance(hello, list) else []
    if missing := [layer for layer in policy.required if layer not in layers]:
        launched.end()
        raise CouldNotGrade(
            f"policy {policy.name!r} requires layers that are not in force: {', '.join(missing)}",
            "grade on a Linux machine as root or with user namespaces allowed",
        )
    return launched, layers


def execute(
    policy: Policy,
    submission: Path,
    argv: list[str],
    *,
    env: dict[str, str],
    on_line: Callable[[str], None] | None,
) -> Launched:
    """Start a program under the same confinement, in the submission's folder."""
    return _launch(policy, submission, source=".", mode="exec", argv=argv, env=env, on_line=on_line)


def _plain(policy: Policy) -> Policy:
    from msgspec.structs import replace  # noqa: PLC0415

    return replace(policy, namespaces=False)


def _launch(
    policy: Policy,
    submission: Path,
    *,
    source: str,
    mode: str,
    argv: list[str],
    env: dict[str, str],
    on_line: Callable[[str], None] | None,
) -> Launched:
    global _started  # noqa: PLW0603  (a user id per worker of this process)
    _started += 1
    scratch = Path(tempfile.mkdtemp(prefix="pushmark-root-"))
    ours, theirs = socket.socketpair()
    config = entry.Config(
        mode=mode,
        submission=str(submission),
        root=str(scratch),
        readable=runtime_folders(),
        source=source,
        argv=argv,
        env=worker_environment() | env,
        uid=FIRST_UID + (os.getpid() * 64 + _started) % UID_POOL if os.getuid() == 0 else os.getuid(),
        namespaces=policy.namespaces and sys.platform == "linux",
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
        env=worker_environment(),
    )
    theirs.close()
    assert child.stdout is not None and child.stderr is not None
    output = Output([child.stdout, child.stderr], policy.output_kb << 10, on_line)
    return Launched(child, ours, output, scratch)


def runtime_folders() -> list[str]:
    """What Python needs to run here, beyond the system's own folders: never a lab, never a home."""
    package = str(Path(pushmark_graders.__file__).parent)
    libraries = [path for path in sys.path if path.endswith(("site-packages", "dist-packages", "lib-dynload"))]
    folders = dict.fromkeys([sys.base_prefix, sys.prefix, *libraries, package])
    return [folder for folder in folders if not folder.startswith("/usr/")]


def worker_environment() -> dict[str, str]:
    """The whole environment of a worker: one thread per library, no host variable, no secret."""
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "ARROW_NUM_THREADS"), "1"
    )
    return threads | {
        "OMP_WAIT_POLICY": "PASSIVE",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        "DVC_NO_ANALYTICS": "1",
    }
