"""The one door to other processes: everything that starts a program goes through here."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pushmark_graders.errors import CouldNotGrade, PushmarkError

Process = subprocess.Popen[bytes]
Timeout = subprocess.TimeoutExpired


class Overran(PushmarkError):
    """A program was stopped because it outlived its limit."""


@dataclass(frozen=True)
class Finished:
    returncode: int
    stdout: str
    stderr: str


def run(
    argv: Sequence[str | os.PathLike[str]],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    check: bool = True,
) -> Finished:
    """Run a trusted program to its end and return what it printed.

    Raises PushmarkError when the program is missing or fails (with `check`), and Overran, which is one too, when it
    outlives `timeout` seconds.
    """
    name = os.fspath(argv[0])
    if shutil.which(name) is None:
        raise PushmarkError(f"{name}: program not found", f"install {name} and make sure that it is on PATH")
    try:
        done = subprocess.run(  # noqa: S603  (this module is the door; callers pass lists, never shell text)
            [os.fspath(part) for part in argv],
            cwd=cwd,
            env=env,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Overran(f"{name}: no end after {timeout:g} s", "see what it waits for, or raise the limit") from None
    if check and done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise PushmarkError(f"{name} ended with status {done.returncode}: {said}", "mend what it names and try again")
    return Finished(done.returncode, done.stdout, done.stderr)


def spawn(
    argv: Sequence[str],
    *,
    socket_for_child: socket.socket,
    env: Mapping[str, str],
    others_for_child: Sequence[int] = (),
) -> Process:
    """Start a worker with one pipe for all of its output, its socket, `others_for_child`, and nothing else inherited.

    Raises CouldNotGrade when the platform cannot start one.
    """
    try:
        return subprocess.Popen(  # noqa: S603  (the argument list is ours)
            [*argv, str(socket_for_child.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(socket_for_child.fileno(), *others_for_child),
            env=dict(env),
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise CouldNotGrade(
            f"a worker could not be started: {error}", "run pushmark again when memory is free"
        ) from None


@contextlib.contextmanager
def piped(argv: Sequence[str], *, env: Mapping[str, str], seconds: float) -> Iterator[Process]:
    """A trusted program that is asked through pipes while the block runs; killed at its end, or after `seconds`.

    What it says on its standard error is dropped. Raises PushmarkError when the program is missing.
    """
    try:
        child = subprocess.Popen(  # noqa: S603  (the argument list is ours)
            list(argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(env)
        )
    except OSError as error:
        raise PushmarkError(f"{argv[0]} cannot be run: {error.strerror}", f"install {argv[0]}") from None
    alarm = threading.Timer(seconds, child.kill)
    alarm.daemon = True
    alarm.start()
    try:
        yield child
    finally:
        alarm.cancel()
        child.kill()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                assert pipe is not None
                pipe.close()
        child.wait()


def kill_session(child: Process) -> None:
    """Kill a worker and all that it started and that did not leave its session; for systems without a supervisor."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
