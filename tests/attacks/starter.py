"""Starts graders for the attack tests: a process that has Pushmark loaded forks one grader per request.

Run as a program. Reads one JSON request a line and answers each with one line: the exit status, the seconds, and
which processes were still alive once the grader had ended. It adopts every orphan, so none can hide from it.
"""

import ctypes
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 1.0


def main() -> None:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    import numpy  # noqa: F401  (loaded once for all graders)
    from pushmark_graders import cli
    from pushmark_graders.cli import grade  # noqa: F401

    for line in sys.stdin:
        request = json.loads(line)
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            _become_grader(request, cli.main)
        status = _wait(child, request["seconds"])
        seconds = time.monotonic() - started
        answer = {"status": status, "seconds": seconds, "survivors": _end_survivors()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _become_grader(request: dict[str, Any], run: Any) -> NoReturn:
    os.setsid()
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    for descriptor, path in ((0, os.devnull), (1, request["stdout"]), (2, request["stderr"])):
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    if request["program"]:
        os.execve(request["program"][0], [*request["program"], *request["argv"]], request["env"])
    tempfile.tempdir = None
    sys.argv = ["pushmark", *request["argv"]]
    status = 70
    try:
        run()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 71
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _wait(child: int, seconds: float) -> int:
    """The exit status; negative for a signal, and -99 when the grader had to be stopped."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -99


def _end_survivors() -> list[str]:
    """Names of orphans that are still alive after a second; they are killed."""
    until = time.monotonic() + PATIENCE
    while _children() and time.monotonic() < until:
        _reap()
        time.sleep(0.01)
    named = [_name(pid) for pid in _children()]
    while _children():
        for pid in _children():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.01)
        _reap()
    return named


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return


def _children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()]


def _name(pid: int) -> str:
    try:
        return f"{pid} {Path(f'/proc/{pid}/cmdline').read_bytes()[:80]!r}"
    except OSError:
        return str(pid)


if __name__ == "__main__":
    main()
