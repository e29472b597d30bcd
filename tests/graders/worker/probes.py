"""Probes of a worker's confinement, run by `test_launcher.py` as the user and on the platform that it chooses.

Usage: probes.py FOLDER [forbid-namespaces]; prints what it found as JSON. FOLDER holds `submission/` and `secret.txt`.
"""

import ctypes
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.submission.errors import SubmissionError
from pushmark_graders.submission.proxy import Connection, Submission
from pushmark_graders.worker import launcher, selftest
from pushmark_graders.worker.policy import Policy, local, standard, strict

NEW_USER_NAMESPACE = 0x10000000
ORDINARY = 1000


def forbid_namespaces() -> None:
    """Become an ordinary user of a system that allows no further user namespaces. Needs root."""
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child:
        os.read(ready[0], 1)
        for kind in ("uid", "gid"):
            Path(f"/proc/{child}/{kind}_map").write_text("0 0 100000")
        os.write(go[1], b".")
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    ctypes.CDLL(None, use_errno=True).unshare(NEW_USER_NAMESPACE)
    os.write(ready[1], b".")
    os.read(go[0], 1)
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    os.setgroups([])
    os.setresgid(ORDINARY, ORDINARY, ORDINARY)
    os.setresuid(ORDINARY, ORDINARY, ORDINARY)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # dumpable again: /proc/self is ours


def alive(token: str) -> int:
    """How many processes carry `token` on their command line, as far as this user sees."""
    found = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += path.read_bytes().startswith(token.encode())
        except OSError:
            continue
    return found


def wait_for(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


def tried(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except (SubmissionError, CouldNotGrade) as error:
        return f"{type(error).__name__}: {error}"


def look_inside(folder: Path, policy: Policy) -> dict[str, Any]:
    """What learner code finds around itself."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Connection(policy, folder / "submission", source=".")
        probe = Submission(connection).module("probe")
        found = {
            "identity": probe.identity(),
            "secret": tried(lambda: probe.read(str(folder / "secret.txt"))),
            "network": tried(lambda: probe.connect(server.getsockname()[1])),
            "write": {place: probe.write(place) for place in ("/usr/x", sys.prefix + "/x", "/x", "/etc/x")},
            "own folder": probe.write("own"),
            "tmp": probe.use_tmp(),
            "home": probe.home(),
            "root": tried(probe.become_root),
            "memory": tried(lambda: probe.allocate(policy.memory_mb * 2)),
            "file": tried(lambda: probe.fill(policy.file_mb * 2)),
            "killed grader": tried(lambda: probe.kill(os.getpid())),
            "layers": connection.layers,
        }
        connection.end()
        found["home is gone"] = found["home"]["home"] == "/tmp" or not Path(found["home"]["home"]).exists()
        return found


def leave_daemons(folder: Path, policy: Policy) -> dict[str, Any]:
    """Double-forked daemons, with the worker's output and without, before and after the worker is ended."""
    found = {}
    for keeps in (True, False):
        token = f"daemon-{os.getpid()}-{keeps}"
        connection = Connection(policy, folder / "submission", source=".")
        Submission(connection).module("probe").daemon(token, keeps)
        ran = wait_for(lambda token=token: alive(token) > 0)  # type: ignore[misc]  # bound in the loop on purpose
        started = time.monotonic()
        connection.end()
        seconds = time.monotonic() - started
        gone = wait_for(lambda token=token: alive(token) == 0, 1.0)  # type: ignore[misc]  # as above
        found[f"keeps output: {keeps}"] = {"ran": ran, "gone": gone, "quick": seconds < 3.0}
    return found


def kill_the_grader(folder: Path, policy: Policy) -> dict[str, Any]:
    """A grader that is killed takes its worker and the worker's daemons with it."""
    token = f"orphan-{os.getpid()}"
    grader = os.fork()
    if not grader:
        connection = Connection(policy, folder / "submission", source=".")
        Submission(connection).module("probe").daemon(token, True)
        time.sleep(60)
    ran = wait_for(lambda: alive(token) > 0)
    os.kill(grader, signal.SIGKILL)
    os.waitpid(grader, 0)
    gone = wait_for(lambda: alive(token) == 0)
    return {
        "ran": ran,
        "gone": gone,
        "roots": [path.name for path in folder.glob("root-*")],
    }


def execute(folder: Path, policy: Policy) -> dict[str, Any]:
    """Run a program instead of answering calls."""
    lines: list[str] = []
    code = (
        "import os, sys; print('out', os.getcwd()); print('err', file=sys.stderr); sys.exit(int(os.environ['STATUS']))"
    )
    running, layers = launcher.execute(
        policy, folder / "submission", [sys.executable, "-c", code], env={"STATUS": "5"}, on_line=lines.append
    )
    status = running.exit_status(10.0)
    running.end()
    return {"status": status, "layers": layers, "lines": sorted(lines), "output": running.output.take()}


def ask_for_all_layers(folder: Path) -> dict[str, Any]:
    """What the strict policy says to a call and to a program."""
    connection = Connection(strict(), folder / "submission", source=".")
    call = tried(lambda: connection.request("import", "probe", ""))
    connection.end()
    program = tried(lambda: launcher.execute(strict(), folder / "submission", ["/bin/true"], env={}, on_line=None))
    if isinstance(program, tuple):
        program[0].end()
        program = None
    return {"call": call, "program": program}


def main() -> None:
    folder = Path(sys.argv[1])
    if "forbid-namespaces" in sys.argv:
        forbid_namespaces()
    policy = replace(local(), memory_mb=1024, file_mb=8, call_seconds=10.0)
    found = {
        "inside": look_inside(folder, policy),
        "daemons": leave_daemons(folder, policy),
        "execute": execute(folder, policy),
        "strict": ask_for_all_layers(folder),
        "proved": tried(lambda: selftest.prove(standard())),
        "left": [path.name for path in folder.iterdir()],
        "orphans": kill_the_grader(folder, policy),  # last: it cannot clear up behind itself
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
