"""Starts graders for the attack tests: a process that has Pushmark loaded forks one grader per request.

Run as a program. Reads one JSON request a line and answers each with one line: the exit status, the seconds, the
grader's own peak memory, and which processes were still alive once it had ended. It adopts every orphan, so none can
hide from it.

The peak is the kernel's high-water mark of the grader alone (`VmHWM`), read every few milliseconds. `ru_maxrss` of
`wait4` would be no measure of the grader: it also holds the peak of every worker that the grader waited for.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 1.0
STEP = 0.005
RAILS = {resource.RLIMIT_AS: 3 << 30, resource.RLIMIT_FSIZE: 256 << 20, resource.RLIMIT_NPROC: 4096}
"""Bounds of the arena's own, for runs in which a layer of the sandbox is off."""


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
        status, memory_mb = _wait(child, request["seconds"])
        seconds = time.monotonic() - started
        answer = {"status": status, "seconds": seconds, "memory_mb": memory_mb, "survivors": _end_survivors()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _become_grader(request: dict[str, Any], run: Any) -> NoReturn:
    os.setsid()
    for which, bound in RAILS.items() if request["railed"] else ():
        resource.setrlimit(which, (bound, bound))
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


def _wait(child: int, seconds: float) -> tuple[int, float]:
    """The exit status (negative for a signal, -99 when the grader had to be stopped) and the peak in MiB."""
    until = time.monotonic() + seconds
    peak = 0.0
    while time.monotonic() < until:
        peak = max(peak, _peak(child))
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status), peak
        time.sleep(STEP)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -99, peak


def _peak(pid: int) -> float:
    """The most memory in MiB that the process had at any time so far; 0 once it has ended."""
    try:
        facts = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in facts.splitlines() if line.startswith("VmHWM:")), 0.0)


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
